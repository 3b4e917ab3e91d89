// Makes a picture of lines zoomable with uPlot. The server's picture stays in the page: read out, printed, and shown to whoever asks the
// browser for more contrast, for its own colours or for less motion, none of which a canvas follows.
(() => {
  "use strict";
  const PLAIN = ["(forced-colors: active)", "(prefers-contrast: more)", "(prefers-reduced-motion: reduce)"].map((each) => matchMedia(each));
  const DARK = matchMedia("(prefers-color-scheme: dark)");
  // As the server dresses its lines: `.line-1` to `.line-4` of the style sheet.
  const COLOURS = ["--good", "--bad", "--unknown", "--soft"];
  const DASHES = [[], [7, 4], [2, 3], [11, 3, 2, 3]];
  const HEIGHT = 240;
  const shown = new Map();
  const kept = new Map();
  let touched = {};

  const element = (name, dress, text) => {
    const made = document.createElement(name);
    made.className = dress;
    made.textContent = text;
    return made;
  };

  function numbers(digits, unit) {
    const format = new Intl.NumberFormat("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
    return (value) => format.format(value) + unit;
  }

  function optionsFor(told, width, said) {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const value = numbers(told.digits, told.unit);
    const axis = { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
    // The values where somebody points, else the last ones that are seen.
    const tell = (chart) => {
      const at = chart.cursor.idx ?? Math.floor(chart.scales.x.max ?? told.days.length - 1);
      const values = told.series.filter(([, all]) => all[at] != null).map(([name, all]) => `${name}: ${value(all[at])}`);
      said.textContent = [told.days[at], ...values].join(" · ");
    };
    const rough = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });
    return {
      width, height: HEIGHT, legend: { show: false }, cursor: { y: false, drag: { x: true, y: false } },
      scales: {
        x: { time: false },
        y: { range: (_, low, high) => {
          const least = told.zero ? Math.min(low ?? 0, 0) : (low ?? 0);
          const pad = ((high ?? 1) - least || 1) * 0.08;
          return [told.zero ? least : least - pad, (high ?? 1) + pad];
        } },
      },
      axes: [
        { ...axis, space: 110, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000], values: (_, places) => places.map((each) => told.days[each] ?? "") },
        { ...axis, size: 70, values: (_, places) => places.map((each) => rough.format(each) + told.unit) },
      ],
      series: [{}, ...told.series.map(([name], at) => ({
        label: name, stroke: colour(COLOURS[at]), dash: DASHES[at], width: 2,
        points: { size: 6, stroke: colour(COLOURS[at]), fill: colour(at % 2 ? "--paper" : COLOURS[at]) },
      }))],
      hooks: { setCursor: [tell], setScale: [tell] },
    };
  }

  // The part of the axis that is seen, moved and stretched, but never beyond its ends.
  function see(chart, last, middle, span) {
    const held = Math.min(Math.max(span, 2), last);
    const from = Math.min(Math.max(middle - held / 2, 0), last - held);
    chart.setScale("x", { min: from, max: from + held });
  }

  function tools(chart, told, caption) {
    const last = told.days.length - 1;
    const now = () => ({ middle: (chart.scales.x.min + chart.scales.x.max) / 2, span: chart.scales.x.max - chart.scales.x.min });
    const steps = {
      in: ["+", ({ middle, span }) => see(chart, last, middle, span / 2)],
      out: ["−", ({ middle, span }) => see(chart, last, middle, span * 2)],
      earlier: ["←", ({ middle, span }) => see(chart, last, middle - span / 2, span)],
      later: ["→", ({ middle, span }) => see(chart, last, middle + span / 2, span)],
      all: ["↔", () => see(chart, last, last / 2, last)],
    };
    const group = element("div", "zoom", "");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", caption);
    for (const [name, [sign, step]] of Object.entries(steps)) {
      const button = element("button", "", sign);
      button.type = "button";
      button.title = told.words[name];
      button.setAttribute("aria-label", told.words[name]);
      button.addEventListener("click", () => step(now()));
      group.append(button);
    }
    return group;
  }

  function draw(figure) {
    const told = JSON.parse(figure.dataset.lines);
    const caption = figure.querySelector("figcaption").textContent;
    const place = element("div", "canvas", "");
    const said = element("p", "reading", "\u00a0");
    place.setAttribute("aria-hidden", "true");
    const picture = figure.querySelector(".wide");
    picture.tabIndex = -1; // There is nothing to scroll of what cannot be seen.
    picture.after(place);
    const data = [told.days.map((_, at) => at), ...told.series.map(([, values]) => values)];
    const chart = new uPlot(optionsFor(told, place.clientWidth, said), data, place);
    place.append(said);
    const group = tools(chart, told, caption);
    place.after(group);
    figure.classList.add("zoomable");
    const seen = kept.get(caption);
    if (seen && seen.max < told.days.length) chart.setScale("x", seen);
    const resized = new ResizeObserver(() => chart.setSize({ width: place.clientWidth, height: HEIGHT }));
    resized.observe(figure);
    if (caption === touched.caption) group.children[touched.button]?.focus({ preventScroll: true });
    shown.set(figure, () => {
      if (group.contains(document.activeElement)) touched = { caption, button: [...group.children].indexOf(document.activeElement) };
      const { min, max } = chart.scales.x;
      if (max - min < told.days.length - 1) kept.set(caption, { min, max });
      else kept.delete(caption);
      resized.disconnect();
      chart.destroy();
      place.remove();
      group.remove();
      figure.classList.remove("zoomable");
      picture.tabIndex = 0;
    });
  }

  // The page as the server made it; who is at a picture is so again when it is drawn anew.
  function undress() {
    for (const undo of shown.values()) undo();
    shown.clear();
  }

  function dress() {
    undress();
    if (typeof uPlot === "undefined" || PLAIN.some((each) => each.matches)) return;
    document.querySelectorAll("figure[data-lines]").forEach(draw);
    touched = {};
  }

  for (const each of [...PLAIN, DARK]) each.addEventListener("change", dress);
  document.addEventListener("htmx:before:swap", undress);
  document.addEventListener("htmx:finally:swap", dress);
  dress();
})();
