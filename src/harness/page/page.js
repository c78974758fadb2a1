"use strict";
// Moves the cursor, puts in its place what was so at that moment, and draws the picture to another
// scale. Without this script the page shows the end of the run, and all of its timeline.
(() => {
  const run = JSON.parse(document.getElementById("run").textContent);
  const by = (id) => document.getElementById(id);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const plot = by("plot"), scroll = plot.parentElement, cursor = by("cursor");
  const slider = by("time"), bubble = by("bubble");
  const { moments, places } = run;
  const until = moments.at(-1), margin = places[0];
  const width = places.at(-1) + margin;

  const view = { time: until, toScale: false, zoom: 1, places };

  // Time

  const two = (number) => String(number).padStart(2, "0");
  const clock = (ms) => {
    const seconds = Math.floor(ms / 1000);
    const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
    return `${two(Math.floor(seconds / 3600))}:${rest}.${String(ms % 1000).padStart(3, "0")}`;
  };
  const parsed = (text) => {
    const found = /^#?(\d+):(\d\d):(\d\d)(?:\.(\d{1,3}))?$/.exec(text);
    if (!found) return null;
    const [, hours, minutes, seconds, ms] = found;
    const whole = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
    return Math.min(until, whole * 1000 + Number((ms ?? "0").padEnd(3, "0")));
  };
  const local = (ms) => {
    const date = new Date(Date.parse(`${run.starts}:00Z`) + ms);
    return date.toISOString().slice(0, 19).replace("T", " ");
  };

  // The number of the last moment that is not after a time.
  const numberAt = (time) => {
    let [low, high] = [0, moments.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (moments[middle] <= time) low = middle;
      else high = middle - 1;
    }
    return low;
  };

  // The picture

  const placeOf = (time) => {
    const number = numberAt(time);
    if (number === moments.length - 1) return view.places[number];
    const part = (time - moments[number]) / (moments[number + 1] - moments[number]);
    return view.places[number] + part * (view.places[number + 1] - view.places[number]);
  };
  const timeOf = (place) => {
    let number = view.places.findLastIndex((it) => it <= place);
    if (number < 0) return 0;
    if (number === moments.length - 1) return until;
    const [left, right] = [view.places[number], view.places[number + 1]];
    const part = right > left ? (place - left) / (right - left) : 0;
    return Math.round(moments[number] + part * (moments[number + 1] - moments[number]));
  };

  // How wide a printed page is, and the names of the rows on it.
  const PAPER = 690, PAPER_LABELS = 92;

  const draw = (paper = false) => {
    const labels = scroll.firstElementChild.offsetWidth;
    const room = paper ? PAPER - PAPER_LABELS : scroll.clientWidth - labels;
    // What is a little too wide is made to fit; paper has no more room than it has.
    const natural = view.toScale || paper || width < room * 1.25 ? room : width;
    const wide = Math.max(room, natural) * (paper ? 1 : view.zoom);
    const inner = wide - 2 * margin;
    const share = view.toScale
      ? (number) => moments[number] / until
      : (number) => (places[number] - margin) / (width - 2 * margin || 1);
    view.places = moments.map((_, number) => margin + share(number) * inner);
    plot.setAttribute("width", wide);
    plot.classList.toggle("to-scale", view.toScale);
    let free = 0;
    for (const item of plot.querySelectorAll("[data-a]")) {
      const left = view.places[item.dataset.a];
      item.setAttribute("x", left);
      const need = Number(item.dataset.need);
      if (item.dataset.b) {
        const span = view.places[item.dataset.b] - left;
        item.setAttribute("width", Math.max(span, 1));
        item.classList.toggle("narrow", span < need);
      } else if (need) {
        const shown = left >= free;
        item.classList.toggle("out", !shown);
        if (shown) free = left + need;
      }
    }
    point();
  };

  const ticks = all(".tick[data-need]");
  const point = () => {
    const place = placeOf(view.time), half = 38;
    cursor.setAttribute("x", place);
    // Its time stays inside the picture where the cursor stands at an end of it.
    const wide = Number(plot.getAttribute("width"));
    const aside = Math.max(half, Math.min(wide - half, place)) - place;
    const [, plate, time] = cursor.children;
    plate.setAttribute("x", aside - half);
    time.setAttribute("x", aside);
    time.textContent = clock(view.time);
    for (const tick of ticks) {
      const left = Number(tick.getAttribute("x")) - place - aside;
      tick.classList.toggle("under", left < half && left + Number(tick.dataset.need) > -half);
    }
  };

  const reveal = () => {
    const labels = scroll.firstElementChild.offsetWidth;
    const place = placeOf(view.time), room = scroll.clientWidth - labels;
    if (place < scroll.scrollLeft + 24 || place > scroll.scrollLeft + room - 24) {
      scroll.scrollLeft = place - room / 2;
    }
  };

  // The state

  const shown = all("[data-value]");
  const lines = all("#story li");
  const state = () => {
    const number = numberAt(view.time);
    for (const item of shown) {
      const changes = run.values[item.dataset.value];
      let at = 0;
      while (at + 2 < changes.length && changes[at + 2] <= number) at += 2;
      const word = run.words[changes[at + 1]];
      if (item.dataset.word !== word) {
        item.textContent = word;
        item.dataset.word = word;
      }
    }
    for (const line of lines) {
      const at = Number(line.dataset.a);
      line.classList.toggle("now", at === number);
      line.classList.toggle("ahead", at > number);
    }
    by("at").textContent = clock(view.time);
    by("now").textContent = `${clock(view.time)} · local time ${local(view.time)}`;
    slider.value = number;
    slider.setAttribute("aria-valuetext", clock(view.time));
  };

  const go = (time, options = {}) => {
    view.time = Math.max(0, Math.min(until, time));
    state();
    point();
    if (options.reveal) reveal();
    if (options.keep !== false) history.replaceState(null, "", `#${clock(view.time)}`);
  };

  // What somebody does

  slider.max = moments.length - 1;
  slider.addEventListener("input", () => go(moments[slider.value], { reveal: true }));
  const step = (by) => {
    const number = numberAt(view.time);
    const to = by < 0 && moments[number] < view.time ? number : number + by;
    go(moments[Math.max(0, Math.min(moments.length - 1, to))], { reveal: true });
  };
  by("back").addEventListener("click", () => step(-1));
  by("on").addEventListener("click", () => step(1));
  const zoom = (times) => {
    view.zoom = Math.max(1, Math.min(4096, view.zoom * times));
    draw();
    reveal();
  };
  by("in").addEventListener("click", () => zoom(2));
  by("out").addEventListener("click", () => zoom(0.5));
  by("to-scale").addEventListener("change", (event) => {
    view.toScale = event.target.checked;
    draw();
    reveal();
  });
  by("detail").addEventListener("change", (event) => {
    by("story").classList.toggle("all", event.target.checked);
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.matches("input, a") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      step(event.key === "ArrowLeft" ? -1 : 1);
      event.preventDefault();
    }
  });
  const drag = (event) => {
    if (event.buttons !== 1) return;
    go(timeOf(event.clientX - plot.getBoundingClientRect().left), { keep: false });
  };
  plot.addEventListener("pointerdown", drag);
  plot.addEventListener("pointermove", drag);
  addEventListener("hashchange", () => {
    const time = parsed(location.hash);
    if (time !== null) go(time, { keep: false, reveal: true });
  });
  addEventListener("resize", () => draw());
  addEventListener("beforeprint", () => draw(true));
  addEventListener("afterprint", () => draw());

  // What is pointed at

  for (const title of plot.querySelectorAll("title")) {
    const owner = title.parentElement;
    owner.dataset.told = title.textContent;
    if (owner.matches("a")) owner.setAttribute("aria-label", title.textContent);
    title.remove();
  }
  const tell = (owner) => {
    bubble.hidden = !owner;
    if (!owner) return;
    bubble.textContent = owner.dataset.told;
    const box = owner.getBoundingClientRect();
    const [wide, high] = [bubble.offsetWidth, bubble.offsetHeight];
    const left = Math.max(12, Math.min(box.left + 4, innerWidth - wide - 12));
    const above = box.top - high - 6;
    bubble.style.left = `${left}px`;
    bubble.style.top = `${above > 0 ? above : box.bottom + 6}px`;
  };
  plot.addEventListener("pointerover", (event) => tell(event.target.closest("[data-told]")));
  plot.addEventListener("pointerleave", () => tell(null));
  const marks = [...plot.querySelectorAll("a.mark")];
  marks.sort((one, other) => one.lastElementChild.dataset.a - other.lastElementChild.dataset.a);
  marks.forEach((mark, number) => mark.setAttribute("tabindex", number ? -1 : 0));
  plot.addEventListener("focusin", (event) => tell(event.target.closest("[data-told]")));
  plot.addEventListener("focusout", () => tell(null));
  plot.addEventListener("keydown", (event) => {
    const ways = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };
    const from = marks.indexOf(event.target.closest("a.mark"));
    if (from < 0 || !(event.key in ways)) return;
    const to = marks[from + ways[event.key]];
    event.preventDefault();
    if (!to) return;
    marks[from].setAttribute("tabindex", -1);
    to.setAttribute("tabindex", 0);
    to.focus();
  });

  document.documentElement.classList.add("live");
  draw();
  go(parsed(location.hash) ?? until, { keep: false, reveal: true });
})();
