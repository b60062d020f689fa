"use strict";
// What a page gains by a script: running countdowns, news without a reload, filters that apply themselves.
// Everything works without it.

(() => {
  const body = document.body;
  const say = (key, ...counts) => counts.reduce((text, count) => text.replace("#", count), body.dataset[key]);
  const ahead = body.dataset.now ? Date.parse(body.dataset.now) - Date.now() : 0;
  const now = () => Date.now() + ahead; // the server's clock: this machine's may be wrong

  function left(ms) {
    const seconds = Math.ceil(ms / 1000);
    if (seconds <= 0) return say("over");
    const days = Math.floor(seconds / 86400);
    const hours = Math.floor((seconds % 86400) / 3600);
    const minutes = Math.floor((seconds % 3600) / 60);
    const two = (number) => String(number).padStart(2, "0");
    if (days >= 7) return say("days", days);
    if (days) return say("daysHours", days, hours);
    return `${two(hours)}:${two(minutes)}:${two(seconds % 60)}`;
  }

  function band(ms) {
    if (ms <= 0) return "over";
    if (ms <= 3 * 3600e3) return "now";
    if (ms <= 86400e3) return "near";
    return ms <= 3 * 86400e3 ? "soon" : "far";
  }

  function tick() {
    for (const element of document.querySelectorAll("[data-at]")) {
      const ms = Date.parse(element.dataset.at) - now();
      const words = left(ms);
      if (element.textContent !== words) element.textContent = words;
      const target = element.closest(".hand") || element;
      const wanted = band(ms);
      if (!target.classList.contains(wanted)) {
        target.classList.remove("over", "now", "near", "soon", "far");
        target.classList.add(wanted);
      }
    }
    const clock = document.getElementById("clock");
    if (clock) {
      clock.textContent = new Intl.DateTimeFormat(document.documentElement.lang, {
        timeZone: "Asia/Shanghai", month: "long", day: "numeric", weekday: "short",
        hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false,
      }).format(now());
    }
  }

  let asking = false;
  let asked = false;

  async function renew() {
    if (asking) { asked = true; return; }
    asking = true;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (answer.redirected && new URL(answer.url).pathname === "/sign-in") { location.reload(); return; }
      if (answer.ok) show(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch { /* the stream says that the connection is lost */ }
    asking = false;
    if (asked) { asked = false; renew(); }
  }

  function show(page) {
    const old = document.getElementById("live");
    const fresh = page.getElementById("live");
    if (!old || !fresh) return;
    const before = new Map([...old.querySelectorAll("tbody tr[id]")].map((row) => [row.id, words(row)]));
    const focused = document.activeElement && old.contains(document.activeElement) ? key(document.activeElement) : "";
    old.replaceChildren(...fresh.childNodes);
    body.dataset.mark = page.body.dataset.mark;
    for (const row of old.querySelectorAll("tbody tr[id]")) {
      if (before.size && before.get(row.id) !== words(row)) row.classList.add("flash");
    }
    if (focused) [...old.querySelectorAll("a, button")].find((element) => key(element) === focused)?.focus();
    tick();
  }

  const words = (row) => row.textContent.replace(/\s+/g, " ");
  const key = (element) => element.getAttribute("href") || `${element.name}=${element.value}`;

  let source = null;
  let lostSince = 0;

  function listen() {
    if (source || document.hidden) return; // a browser keeps few connections to one host: hidden tabs need none
    source = new EventSource(`/events?since=${encodeURIComponent(body.dataset.mark)}`);
    source.addEventListener("changed", (event) => {
      if (event.data !== body.dataset.mark) renew();
    });
    source.addEventListener("open", () => {
      if (lostSince) renew();
      lostSince = 0;
      document.getElementById("lost").hidden = true;
    });
    source.addEventListener("error", () => {
      const lost = document.getElementById("lost");
      lostSince ||= now();
      const at = new Intl.DateTimeFormat(document.documentElement.lang, {
        timeZone: "Asia/Shanghai", timeStyle: "short",
      }).format(lostSince);
      lost.textContent = say("lost").replace("{time}", at);
      lost.hidden = false;
      if (source && source.readyState === EventSource.CLOSED) {
        hush();
        setTimeout(listen, 5000);
      }
    });
  }

  function hush() {
    if (source) source.close();
    source = null;
  }

  function live() {
    listen();
    setInterval(() => { if (!document.hidden) renew(); }, 60000);
    addEventListener("pagehide", hush);
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) { hush(); return; }
      listen();
      renew();
    });
  }

  tick();
  setInterval(tick, 1000);
  if (document.getElementById("live") && body.dataset.mark !== undefined) {
    live();
  }
  for (const select of document.querySelectorAll(".filters select")) {
    select.addEventListener("change", () => select.form.requestSubmit());
  }
})();
