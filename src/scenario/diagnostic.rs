//! What is wrong with a scenario file: where, what was expected there, and what to do about it.
//!
//! Absent on purpose: warnings. A scenario is right, or it is not read.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use crate::model::in_force;

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident,)+) => {
        /// The kinds of mistake that a scenario file can hold.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind { $($(#[$doc])* $variant,)+ }

        impl Kind {
            /// Every kind.
            pub const ALL: &[Kind] = &[$(Kind::$variant,)+];

            /// Its name: the rule that this mistake breaks.
            pub const fn name(self) -> &'static str {
                match self { $(Kind::$variant => stringify!($variant),)+ }
            }
        }
    };
}

kinds! {
    /// The file is larger than any scenario has to be, or has more of something.
    TooLarge,
    /// The file is UTF-16.
    Utf16,
    /// A byte that is no UTF-8.
    NotUtf8,
    /// A character that no text holds, such as NUL.
    ControlCharacter,
    /// Nothing but blanks and comments.
    EmptyFile,
    /// More than one YAML document.
    SeveralDocuments,
    /// Not YAML.
    Syntax,
    /// A tab in front of a line.
    TabIndentation,
    /// Maps and lists within each other beyond any use.
    TooDeep,
    /// An anchor or an alias.
    Anchor,
    /// A tag.
    Tag,
    /// The merge key `<<`.
    MergeKey,
    /// A key that is a map or a list.
    KeyNotText,
    /// The same key twice in a map.
    DuplicateKey,
    /// Two names that differ in nothing but case.
    SameNameInOtherCase,
    /// A key that means nothing here.
    UnknownKey,
    /// A key that has to be there and is not.
    MissingKey,
    /// A map where a list or a text is wanted, and so on.
    WrongShape,
    /// Keys that exclude each other.
    ConflictingKeys,
    /// A step in which nothing happens.
    NoVerb,
    /// A step in which more than one thing happens.
    SeveralVerbs,
    /// An expectation about nothing.
    NoSubject,
    /// An expectation about more than one thing.
    SeveralSubjects,
    /// An expectation that anything would meet.
    NothingExpected,
    /// A text that is no time.
    BadTime,
    /// A text that is no local time.
    BadLocalTime,
    /// A text that is no size.
    BadSize,
    /// A text that is no number.
    BadNumber,
    /// A text that is no GUID.
    BadGuid,
    /// A text that is none of the words that are allowed here.
    BadWord,
    /// A store without its storage group.
    BadStoreName,
    /// A name of nothing.
    EmptyName,
    /// A computer name longer than NetBIOS allows.
    NameTooLong,
    /// An Exchange version that is not simulated.
    UnsupportedExchange,
    /// Exchange 2000 on Windows Server 2003.
    ExchangeTooOld,
    /// Exchange 2007 on Windows 2000.
    WindowsTooOld,
    /// Versions of Exchange that cannot be in one cluster, or on one node.
    VersionsApart,
    /// As many servers of Exchange 2007 as nodes.
    NoPassiveNode,
    /// Two copies of stores where Exchange does not keep them.
    NotReplicable,
    /// A store of Exchange 2007 without the resource that it is.
    StoreWithoutResource,
    /// A switch that the simulator does not have.
    UnknownSwitch,
    /// A reason that the outcome cannot have.
    ReasonDoesNotFit,
    /// Another cluster than the one of the file.
    UnknownCluster,
    /// A node that the cluster does not have.
    UnknownNode,
    /// An Exchange Virtual Server that the cluster does not have.
    UnknownEvs,
    /// A group that the cluster does not have.
    UnknownGroup,
    /// A resource that the cluster does not have.
    UnknownResource,
    /// A store that the cluster does not have.
    UnknownStore,
    /// A network that the cluster does not have.
    UnknownNetwork,
    /// A cluster whose nodes have no network for their heartbeats.
    NoInternalNetwork,
    /// A quorum that this version of Windows does not have.
    QuorumTooEarly,
    /// A witness in a cluster that has not two nodes.
    WitnessNotForTwo,
    /// Two computers of one name: nodes, Exchange Virtual Servers, the cluster itself.
    ComputerNameTwice,
    /// Two groups of one name.
    GroupNameTwice,
    /// Two resources of one name.
    ResourceNameTwice,
    /// Two objects of one GUID.
    GuidTwice,
    /// The same name twice in a list.
    ListedTwice,
    /// More nodes than this Windows can cluster.
    TooManyNodes,
    /// A cluster in which every node is off.
    NoNodeUp,
    /// A group whose owner is off.
    OwnerDown,
    /// A group whose owner cannot host all of it.
    OwnerNotPossible,
    /// More than one Exchange Virtual Server on a node of a cluster with more than two nodes.
    SeveralEvsesOnNode,
    /// `AntiAffinityClassNames` before Windows Server 2003.
    AntiAffinityTooEarly,
    /// A property of the cluster before Windows Server 2003.
    PropertyTooEarly,
    /// A dependency on a resource of another group.
    DependencyOutsideGroup,
    /// Resources that wait for each other.
    DependencyCycle,
    /// A resource that lacks what its type depends on.
    DependencyMissing,
    /// A resource that is online although one that it depends on is not.
    OnlineTooEarly,
    /// A resource without a private property that its type needs.
    PropertyMissing,
    /// More than one System Attendant in a group.
    SeveralSystemAttendants,
    /// A quorum resource that is no disk.
    QuorumNotADisk,
    /// Stores in a group without a disk.
    NoDisk,
    /// More stores than the disk has room for.
    DiskTooSmall,
    /// More in use than there is.
    UsedMoreThanSize,
    /// More storage groups than a node can carry.
    TooManyStorageGroups,
    /// A group where an Exchange Virtual Server is wanted.
    NotAnEvs,
    /// A step before the one above it.
    StepOutOfOrder,
    /// A step after the end of the run.
    StepAfterEnd,
    /// An expectation after the end of the run.
    ExpectationAfterEnd,
    /// Something is asked of the product where it is not installed.
    ProductNotInstalled,
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of mistake.
    pub kind: Kind,
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// The bytes of the source text that are meant; within one line.
    pub span: Range<usize>,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What was expected at this place, in a few words; may be empty.
    pub label: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Another place that the mistake has to do with.
    pub also: Option<(Range<usize>, String)>,
}

impl Diagnostic {
    pub(super) fn new(kind: Kind, mark: Mark, message: impl Into<String>) -> Self {
        Self {
            kind,
            line: 0,
            column: 0,
            span: mark.start..mark.end,
            message: message.into(),
            label: String::new(),
            help: None,
            also: None,
        }
    }

    pub(super) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(super) fn also(mut self, mark: Mark, label: impl Into<String>) -> Self {
        self.also = Some((mark.start..mark.end, label.into()));
        self
    }
}

/// A part of the source text, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What a file says, and where it says it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed<T> {
    pub(super) value: T,
    pub(super) mark: Mark,
}

/// Collects mistakes while a file is read. A file that is wrong throughout is not worth more than
/// a hundred of them, and looking for the nearest name stops there too.
#[derive(Debug, Default)]
pub(super) struct Problems {
    list: Vec<Diagnostic>,
    more: usize,
}

impl Problems {
    const MOST: usize = 100;

    pub(super) fn add(&mut self, problem: Diagnostic) {
        if !in_force(problem.kind.name()) {
            return;
        }
        if self.is_full() {
            self.more += 1;
        } else {
            self.list.push(problem);
        }
    }

    /// One that is not told any more.
    pub(super) fn add_untold(&mut self) {
        self.more += 1;
    }

    pub(super) fn is_full(&self) -> bool {
        self.list.len() >= Self::MOST
    }

    /// How many there were up to now.
    pub(super) fn count(&self) -> usize {
        self.list.len() + self.more
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

/// Finds the line of a byte.
#[derive(Debug)]
pub(super) struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    pub(super) fn new(text: &str) -> Self {
        let after_breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self { starts: std::iter::once(0).chain(after_breaks).collect() }
    }

    /// The line of a byte, counted from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at)
    }

    /// The bytes from the first line to the last, both counted from 1, without the last break.
    fn range(&self, first: usize, last: usize, text: &str) -> Range<usize> {
        let end = self.starts.get(last).map_or(text.len(), |next| next - 1);
        self.starts[first - 1]..end
    }
}

/// Everything that is wrong with a file, in the order of its text; never empty.
#[derive(Clone, Debug)]
pub struct Diagnostics {
    origin: String,
    source: String,
    list: Vec<Diagnostic>,
    more: usize,
}

impl Diagnostics {
    pub(super) fn new(origin: &str, source: &str, problems: Problems) -> Self {
        let lines = Lines::new(source);
        let mut list = problems.list;
        for diagnostic in &mut list {
            diagnostic.line = lines.line(diagnostic.span.start);
            let start = lines.starts[diagnostic.line - 1];
            let before = source.get(start..diagnostic.span.start).unwrap_or("");
            diagnostic.column = before.chars().count() + 1;
        }
        list.sort_by_key(|diagnostic| diagnostic.span.start);
        Self { origin: origin.to_owned(), source: source.to_owned(), list, more: problems.more }
    }

    /// The path of the file as it was given.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Every mistake, in the order of the text.
    pub fn list(&self) -> &[Diagnostic] {
        &self.list
    }

    /// The mistakes as a person reads them, with the lines that they are in.
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let lines = Lines::new(&self.source);
        let told = self.told(&lines);
        let parts = told.iter().map(|diagnostic| self.render_one(diagnostic, &lines, &renderer));
        let mut text = parts.collect::<Vec<_>>().join("\n\n");
        let more = self.more + self.list.len() - told.len();
        if more > 0 {
            text += &format!("\n\nand {more} more mistakes of this file");
        }
        text
    }

    /// The first mistakes, as many as can be shown with their lines in reasonable time.
    fn told(&self, lines: &Lines) -> &[Diagnostic] {
        const BYTES_MAX: usize = 1 << 19;
        let mut bytes = 0;
        let fits = |diagnostic: &&Diagnostic| {
            let room = bytes < BYTES_MAX;
            bytes += self.shown(diagnostic, lines).1.len();
            room
        };
        &self.list[..self.list.iter().take_while(fits).count()]
    }

    /// The first line of what is shown of a mistake, and its bytes.
    fn shown(&self, diagnostic: &Diagnostic, lines: &Lines) -> (usize, Range<usize>) {
        let other = diagnostic.also.as_ref().map(|(span, _)| span);
        let starts = || std::iter::once(&diagnostic.span).chain(other).map(|span| span.start);
        let first = starts().map(|at| lines.line(at)).min().unwrap_or(1);
        let last = starts().map(|at| lines.line(at)).max().unwrap_or(1);
        (first, lines.range(first, last, &self.source))
    }

    fn render_one(&self, diagnostic: &Diagnostic, lines: &Lines, renderer: &Renderer) -> String {
        let (first, shown) = self.shown(diagnostic, lines);
        let within = |span: &Range<usize>| {
            let clamp = |at: usize| at.clamp(shown.start, shown.end) - shown.start;
            clamp(span.start)..clamp(span.end)
        };
        let primary = AnnotationKind::Primary.span(within(&diagnostic.span));
        let mut snippet = Snippet::source(&self.source[shown.clone()])
            .path(self.origin.as_str())
            .line_start(first);
        snippet = snippet.annotation(match diagnostic.label.as_str() {
            "" => primary,
            label => primary.label(label),
        });
        if let Some((span, label)) = &diagnostic.also {
            let context = AnnotationKind::Context.span(within(span));
            snippet = snippet.annotation(context.label(label.as_str()));
        }
        let title = Level::ERROR.primary_title(diagnostic.message.as_str());
        let mut group = title.element(snippet);
        if let Some(help) = &diagnostic.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        renderer.render(&[group])
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Diagnostics {}
