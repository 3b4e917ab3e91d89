// Keeps a page up to date for whoever asks for it: off until then, and remembered by this browser alone.
(() => {
  "use strict";
  const EVERY = 60_000;
  const NAME = "watchkeeper-keep-fresh";
  if (typeof htmx === "undefined") return;

  let wanted = false;
  let latest = Date.now();
  let failed = false;
  try {
    wanted = localStorage.getItem(NAME) === "yes";
  } catch {
    // A browser may keep nothing; then nothing is remembered.
  }

  function remember() {
    try {
      localStorage.setItem(NAME, wanted ? "yes" : "no");
    } catch {
      return;
    }
  }

  // Its place in the page is hidden until a script is there.
  function show() {
    const place = document.getElementById("fresh");
    if (!place) return;
    place.hidden = false;
    place.querySelector("input").checked = wanted;
    const said = place.querySelector("output");
    const text = failed ? place.dataset.failed : "";
    if (said.textContent !== text) said.textContent = text;
  }

  function refresh() {
    if (!wanted || document.hidden || !document.getElementById("fresh") || Date.now() - latest < EVERY / 2) return;
    latest = Date.now();
    failed = true;
    const at = location.href;
    const headers = { "Watchkeeper-Refresh": "yes" };
    htmx.ajax("GET", location.pathname + location.search, { target: document.body, swap: "innerMorph", headers, at }).finally(show);
  }

  document.addEventListener("htmx:before:swap", (event) => {
    const { ctx } = event.detail;
    if (ctx.at && ctx.at !== location.href) event.preventDefault();
    else failed = false;
  });
  document.addEventListener("htmx:finally:swap", show);
  document.addEventListener("change", (event) => {
    if (!event.target.closest("#fresh")) return;
    wanted = event.target.checked;
    failed = false;
    remember();
    show();
  });
  document.addEventListener("visibilitychange", refresh);
  setInterval(refresh, EVERY);
  show();
})();
