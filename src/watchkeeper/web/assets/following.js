// Links and forms that stay on their page (marked `hx-boost` by the server) change it in place. Without this they are plain links and
// forms; where it fails the browser goes there as it would have.
(() => {
  "use strict";
  if (typeof htmx === "undefined") return;

  // No text of a page is ever run, whatever its policy: this is what htmx would compile attributes with.
  function Refused() {
    throw new Error("texts are not run here");
  }
  htmx.registerExtension("no-eval", { init: (inside) => inside.initSecurity(undefined, Refused, Refused) });

  const isRefresh = (request) => "Watchkeeper-Refresh" in request.headers;
  const isPage = (answer) => answer.status === 200 && (answer.headers.get("content-type") ?? "").startsWith("text/html");

  function goThere(ctx) {
    if (!isRefresh(ctx.request)) location.assign(ctx.request.action);
  }

  document.addEventListener("htmx:before:response", (event) => {
    const { ctx } = event.detail;
    if (isPage(ctx.response)) return;
    event.preventDefault();
    goThere(ctx);
  });
  document.addEventListener("htmx:error", (event) => {
    if (event.detail.ctx) goThere(event.detail.ctx);
  });

  // A link that somebody opens in a tab or window of its own does that; htmx 4.0.1 would keep it from it (its trigger handler cancels
  // every click before it looks at the keys).
  document.addEventListener("click", (event) => {
    if ((event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) && event.target.closest("a")) event.stopImmediatePropagation();
  }, true);

  // What a reader had unfolded stays so.
  const unfolded = () => [...document.querySelectorAll("main details")].filter((each) => each.open).map((each) => each.firstElementChild.textContent);
  let open = [];
  let said = "";
  document.addEventListener("htmx:before:swap", () => {
    open = unfolded();
    said = document.querySelector(".lead")?.textContent;
  });

  document.addEventListener("htmx:after:swap", (event) => {
    const { ctx } = event.detail;
    for (const each of document.querySelectorAll("main details")) {
      if (open.includes(each.firstElementChild.textContent)) each.open = true;
    }
    const sentence = document.querySelector(".lead")?.textContent ?? "";
    if (!isRefresh(ctx.request) || sentence !== said) document.getElementById("heard").textContent = sentence;
    if (!isRefresh(ctx.request)) look(ctx);
  });

  // As after a full load, unless somebody is still at the form.
  function look(ctx) {
    if (document.activeElement?.closest(".choices")) return;
    const place = document.getElementById(ctx.request.anchor ?? "") ?? document.getElementById("content");
    place.tabIndex = -1;
    place.focus({ preventScroll: Boolean(ctx.request.anchor) });
  }
})();
