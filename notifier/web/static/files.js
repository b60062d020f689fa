"use strict";
// Files: each with its progress, receipts without a reload. Everything works without it.

(() => {
  const form = document.getElementById("put");
  const list = document.getElementById("under-way");
  const waits = (ms) => new Promise((done) => setTimeout(done, ms));

  function send(file, bar) {
    return new Promise((done) => {
      const data = new FormData();
      data.append("token", form.elements.token.value);
      data.append("files", file);
      const request = new XMLHttpRequest();
      request.open("POST", form.action);
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) bar.value = event.loaded / event.total;
      });
      request.addEventListener("loadend", () => done(request.status));
      request.send(data);
    });
  }

  async function put(files) {
    for (const file of files) {
      const line = document.createElement("li");
      const bar = document.createElement("progress");
      const words = document.createElement("span");
      words.textContent = file.name;
      bar.max = 1;
      bar.value = 0;
      bar.setAttribute("aria-label", file.name);
      line.append(words, bar);
      list.append(line);
      let status = await send(file, bar);
      for (let tries = 0; status === 429 && tries < 12; tries += 1) {
        await waits(5000);
        status = await send(file, bar);
      }
      const took = status >= 200 && status < 400;
      bar.value = took ? 1 : 0;
      words.textContent = `${file.name}: ${took ? form.dataset.sent : form.dataset.refused}`;
      line.className = took ? "good" : "bad";
    }
    await renew();
  }

  async function renew() {
    try {
      const answer = await fetch("/files", { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("receipts");
      const old = document.getElementById("receipts");
      if (fresh && fresh.textContent !== old.textContent) old.replaceWith(fresh);
    } catch { /* it is tried again */ }
  }

  async function watch() {
    for (let seconds = 1; ; seconds += 1) {
      await waits(1000);
      const waiting = Number(document.getElementById("receipts").dataset.waiting);
      if (waiting || seconds % 10 === 0) await renew();
    }
  }

  if (form) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      put([...form.elements.files.files]);
      form.elements.files.value = "";
    });
    for (const name of ["dragover", "dragenter"]) {
      document.addEventListener(name, (event) => { event.preventDefault(); form.classList.add("over"); });
    }
    document.addEventListener("dragleave", () => form.classList.remove("over"));
    document.addEventListener("drop", (event) => {
      event.preventDefault();
      form.classList.remove("over");
      if (event.dataTransfer) put([...event.dataTransfer.files]);
    });
  }
  watch();
})();
