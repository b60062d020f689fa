"use strict";
// What a page gains by a script: running countdowns, news without a reload, filters that apply themselves.
// Everything works without it.

(() => {
  const body = document.body;
  const say = (key, ...counts) => counts.reduce((text, count) => text.replace("#", count), body.dataset[key]);
  const SILENCE = 20e3; // the board says every five seconds that it is there
  const aheadOf = (data) => (data.now ? Date.parse(data.now) - Date.now() : 0);
  let ahead = aheadOf(body.dataset);
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
    if (source && !lostSince && Date.now() - heard > SILENCE) lose();
    for (const element of document.querySelectorAll(lostSince ? ".left" : "[data-at]")) {
      if (lostSince) { // a countdown that runs on would say that all is well
        element.textContent = say("asOf").replace("{time}", clockWords(lostSince, { timeStyle: "short" }));
        continue;
      }
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
      if (isCut(document.querySelector(".sheet"))) fit(); // words may need another line than a second ago
      clock.textContent = lostSince
        ? say("asOf").replace("{time}", clockWords(lostSince, DAY_AND_MINUTE))
        : clockWords(now(), { ...DAY_AND_MINUTE, second: "2-digit" });
    }
  }

  const DAY_AND_MINUTE = {
    month: "short", day: "numeric", weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  };

  function clockWords(instant, style) {
    return new Intl.DateTimeFormat(document.documentElement.lang, { timeZone: "Asia/Shanghai", ...style }).format(instant);
  }

  const GROWTH = [2, 1.8, 1.6, 1.5, 1.4, 1.35, 1.3, 1.25, 1.2, 1.15, 1.1, 1.05, 1]; // of the letters, where there are few parcels

  // The wall shows as many rows as are seen whole, as large as there is room, and says how many are left out.
  function fit() {
    const live = document.getElementById("live");
    const sheet = live && live.querySelector(".sheet");
    if (!sheet || !body.classList.contains("wall")) return;
    const rows = [...sheet.querySelectorAll("tbody tr[id]")];
    const isSeen = () => !isCut(sheet) && !isCut(live);
    live.classList.remove("tight");
    for (const row of rows) row.hidden = false;
    for (const growth of GROWTH) {
      live.style.setProperty("--grow", growth);
      tellMore(rows.length, rows);
      if (isSeen() && !isWide(live)) return;
    }
    const left = () => {
      let count = rows.length;
      while (count > 1 && !isSeen()) {
        count -= 1;
        rows[count].hidden = true;
        tellMore(count, rows);
      }
      return count;
    };
    if (left() < Math.min(3, rows.length)) { // the deadlines in large letters are those of the first rows
      live.classList.add("tight");
      for (const row of rows) row.hidden = false;
      tellMore(rows.length, rows);
      left();
    }
  }

  const isCut = (element) => element.scrollHeight > element.clientHeight + 1;
  const isWide = (live) => [...live.querySelectorAll(".clock, .hand, .hand > *, td, tbody th, .next, .next > *")]
    .some((element) => element.scrollWidth > element.clientWidth + 1);

  function tellMore(count, rows) {
    const more = document.getElementById("more");
    const left = Number(more.dataset.found) - count;
    const from = (rows[count] || more).dataset.from;
    more.textContent = left <= 0 ? "" : from
      ? more.dataset.moreFrom.replace("#", left).replace("@", from)
      : more.dataset.more.replace("#", left);
  }

  let asking = false;
  let asked = false;

  async function renew() {
    if (asking) { asked = true; return; }
    asking = true;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (answer.redirected && new URL(answer.url).pathname === "/sign-in") { location.reload(); return; }
      if (answer.status === 404) { location.reload(); return; } // taken back meanwhile
      if (!answer.ok) throw new Error(answer.statusText);
      show(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      lose();
    }
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
    const fresher = aheadOf(page.body.dataset);
    if (Math.abs(fresher - ahead) > 5e3) ahead = fresher; // this machine's clock was set; less is the way of the page
    regain();
    for (const row of old.querySelectorAll("tbody tr[id]")) {
      if (before.size && before.get(row.id) !== words(row)) row.classList.add("flash");
    }
    fit();
    if (focused) [...old.querySelectorAll("a, button")].find((element) => key(element) === focused)?.focus();
    tick();
  }

  // what a row says, but for what is left: that is another text every minute, and nothing new
  const words = (row) => [...row.querySelectorAll("*")]
    .filter((element) => !element.children.length && !element.closest(".left"))
    .map((element) => element.textContent.trim()).join(" ");
  const key = (element) => element.getAttribute("href") || `${element.name}=${element.value}`;

  let source = null;
  let heard = Date.now();
  let lostSince = 0;

  function lose() {
    if (lostSince) return;
    lostSince = heard + ahead;
    const lost = document.getElementById("lost");
    lost.firstElementChild.textContent = say("lost").replace("{time}", clockWords(lostSince, DAY_AND_MINUTE));
    lost.hidden = false;
    body.classList.add("lost");
    tick();
    fit();
  }

  function regain() {
    heard = Date.now();
    lostSince = 0;
    document.getElementById("lost").hidden = true;
    body.classList.remove("lost");
  }

  function hear() {
    heard = Date.now();
    if (lostSince) renew();
  }

  function listen() {
    if (source || document.hidden) return; // a browser keeps few connections to one host: hidden tabs need none
    heard = Date.now();
    source = new EventSource(`/events?since=${encodeURIComponent(body.dataset.mark)}`);
    source.addEventListener("changed", (event) => {
      hear();
      if (event.data !== body.dataset.mark) renew();
    });
    source.addEventListener("open", hear);
    source.addEventListener("here", hear);
    source.addEventListener("error", () => {
      lose();
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
    addEventListener("pageshow", (event) => { if (event.persisted) { listen(); renew(); } });
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) { hush(); return; }
      listen();
      renew();
    });
  }

  function keep() { // a wall that is in use stays signed in
    fetch("/keep", { method: "POST", body: new URLSearchParams({ token: body.dataset.keep }) }).catch(() => {});
  }

  for (const link of document.querySelectorAll("a.back")) {
    link.addEventListener("click", (event) => { // the browser keeps what was typed, and the place on the page
      if (history.length > 1) { event.preventDefault(); history.back(); }
    });
  }
  fit();
  tick();
  setInterval(tick, 1000);
  addEventListener("resize", fit);
  if (document.getElementById("live") && body.dataset.mark !== undefined) {
    live();
  }
  if (body.dataset.keep) {
    keep();
    setInterval(keep, 12 * 3600e3);
  }
  for (const select of document.querySelectorAll(".filters select")) {
    select.addEventListener("change", () => select.form.requestSubmit());
  }
})();
