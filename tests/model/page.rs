//! docs/MODEL.md against the tests: what it names exists, and what proves a claim is named there.
