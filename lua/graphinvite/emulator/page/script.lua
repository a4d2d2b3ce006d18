--- What keeps the page alive: it asks how often anything has changed, and only then for the rest.
-- Texts of the tenant become text nodes, never markup.
return [[
"use strict";
(() => {
  const PAUSE = 1000; // milliseconds between two looks; ten times that while nobody sees the page
  const PATIENCE = 5000; // milliseconds for an answer: one that never comes must not end the looks
  const TONES = {
    Accepted: "good", Completed: "good", established: "good",
    PendingAcceptance: "wait", InProgress: "wait", Running: "wait", NotStarted: "wait",
    establishing: "wait", Failed: "bad", Error: "bad",
  };
  const $ = (id) => document.getElementById(id);

  // A node with attributes (functions listen) and children; a string becomes a text node.
  function make(name, attributes, ...children) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (typeof value === "function") node.addEventListener(key, value);
      else if (value !== undefined) node.setAttribute(key, value);
    }
    node.append(...children.filter((child) => child !== undefined && child !== ""));
    return node;
  }
  const time = (text) => text &&
    make("time", { datetime: text }, text.replace("T", " ").replace("Z", ""));
  const badge = (text, tone) =>
    make("span", { class: "badge " + (tone || TONES[text] || "") }, text || "none");
  const soft = (text) => text && make("span", { class: "soft" }, text);
  // Narrow pages show tables as blocks, which would no longer be tables without the roles.
  const cell = (label, ...children) => make("td", { role: "cell", "data-label": label },
    children.some(Boolean) ? make("div", {}, ...children) : "");
  const row = (first, ...cells) => make("tr", { role: "row" },
    make("th", { role: "rowheader", scope: "row" }, ...first), ...cells);

  async function ask(method, name, fields) {
    const body = fields && JSON.stringify(fields);
    const headers = { "Content-Type": "application/json" };
    // Past the browser's cache, which makes a request wait for an earlier one of the same address.
    const response = await fetch("/_emulator/" + name, {
      method, body, headers, cache: "no-store", signal: AbortSignal.timeout(PATIENCE),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.error.message);
    return answer.value[0];
  }

  function complain(problem) {
    $("problem").hidden = !problem;
    $("problem").textContent = problem || "";
  }

  async function act(name, fields) {
    try {
      await ask("POST", name, fields || {});
      complain();
    } catch (problem) {
      complain(problem.message);
    }
    await look();
  }
  const button = (what, whom, name, fields) => make("button", {
    type: "button", "data-act": name, "aria-label": what + " for " + whom,
    click: () => act(name, fields),
  }, what);

  const VIEWS = {
    guests: (guest) => row([guest.name, soft(guest.mail)],
      cell("State", badge(guest.state),
        guest.declined && make("span", { class: "soft" }, "declined ", time(guest.declined))
          || undefined),
      cell("Invited", time(guest.created)),
      cell("State since", time(guest.changed)),
      guest.redeemable
        ? cell("In place of the guest", make("div", { class: "actions" },
          button("Redeem", guest.mail, "redeem", { id: guest.id }),
          button("Decline", guest.mail, "decline", { id: guest.id })))
        : cell("In place of the guest")),

    invitations: (item) => row([item.name || item.mail || "nobody", item.name && soft(item.mail)],
      cell("Status", badge(item.status)),
      cell("Leads to", item.redirect),
      cell("Mail", item.mailed ? "sent" : "not asked for"),
      cell("Redeem link", make("a", { href: item.link, "aria-label":
        "Open the redeem link of " + (item.mail || "nobody") }, "Open"))),

    mail: (mail) => make("li", {},
      make("h3", {}, mail.subject),
      make("dl", {},
        make("dt", {}, "To"), make("dd", {}, mail.to, mail.cc.length ? ", cc " + mail.cc : ""),
        make("dt", {}, "From"), make("dd", {}, mail.from),
        make("dt", {}, "Sent"), make("dd", {}, time(mail.sent))),
      make("p", { lang: mail.language || undefined }, mail.body),
      make("a", { class: "button", href: mail.link, "aria-label":
        "Open the invitation for " + mail.to }, "Open the invitation")),

    calls: (call) => make("li", {},
      make("div", { class: "head" }, make("h3", {}, "Call"),
        make("span", { class: "mono" }, call.id), badge(call.state)),
      make("p", {}, call.people.length ? "In the call: " + call.people.join(", ")
        : "Nobody was let in yet."),
      make("ol", { class: "line", role: "list", "aria-label": "Time line" },
        make("li", { class: "good" }, time(call.created), " The call begins."),
        ...call.operations.slice().reverse().map(operation))),

    requests: (request) => row([make("span", { class: "mono" }, request.method, " ", request.path)],
      cell("Answer", badge(String(request.status), request.status < 300 ? "good"
        : request.status === 429 ? "wait" : request.status < 400 ? "" : "bad")),
      cell("Time", time(request.time)),
      cell("Further", [request.retry_after && "Retry-After " + request.retry_after,
        request.fault && "fault " + request.fault,
        request.client_request_id].filter(Boolean).join(", "))),
  };

  function operation(item) {
    const ending = item.ended ? [" at ", time(item.ended)]
      : item.ends ? [" ends ", time(item.ends)] : [];
    return make("li", { class: TONES[item.status] || "" }, time(item.started),
      " " + (item.people.join(", ") || "Operation") + " ", badge(item.status), ...ending,
      soft([item.message, item.context].filter(Boolean).join(" · ")));
  }

  // Shows items, and keeps the nodes of those that are as before: the focus stays where it is.
  function show(name, items, first) {
    const list = $(name + "-list"), known = new Map();
    for (const node of list.children) known.set(node.dataset.key, node);
    const focused = list.contains(document.activeElement) && document.activeElement;
    const owner = focused && focused.closest("[data-key]").dataset.key;
    const keep = new Set(items.map((item) => item.id));
    for (const [key, node] of known) if (!keep.has(key)) node.remove();
    let place = list.firstElementChild;
    for (const item of items) {
      const text = JSON.stringify(item);
      let node = known.get(item.id);
      if (!node || node.shown !== text) {
        const fresh = VIEWS[name](item);
        fresh.dataset.key = item.id;
        fresh.shown = text;
        if (!first) fresh.classList.add("new");
        if (place === node) place = fresh;
        if (node) node.replaceWith(fresh);
        node = fresh;
      }
      if (node === place) place = place.nextElementSibling;
      else list.insertBefore(node, place);
    }
    if (focused && !list.contains(document.activeElement)) refocus(name, list, focused, owner);
  }

  // The focus goes to what has taken the place of the node that had it.
  function refocus(name, list, focused, owner) {
    const item = [...list.children].find((node) => node.dataset.key === owner);
    const same = item && focused.dataset.act &&
      item.querySelector("[data-act=" + focused.dataset.act + "]");
    if (item && !same) item.tabIndex = -1;
    (same || item || $(name)).focus();
  }

  let before; // what was shown last
  const parts = (all) => new Map([
    ...all.guests.map((guest) => ["g" + guest.id, guest.mail + ": " + guest.state +
      (guest.declined ? ", declined" : "")]),
    ...all.mail.map((mail) => ["m" + mail.id, "Mail to " + mail.to]),
    ...all.calls.flatMap((call) => call.operations.map((item) =>
      ["o" + item.id, (item.people.join(", ") || "Operation") + ": " + item.status])),
  ]);

  // Says what is new, in a few words.
  function tell(all) {
    const now = parts(all);
    const news = before ? [...now].filter(([key, text]) => before.get(key) !== text) : [];
    const texts = news.slice(0, 3).map(([, text]) => text);
    if (news.length > 3) texts.push("and " + (news.length - 3) + " more");
    if (before && before.size && !now.size) texts.push("The tenant begins anew.");
    if (texts.length) $("news").textContent = texts.join("; ");
    const first = !before;
    before = now;
    return first;
  }

  function paint(all) {
    const first = tell(all);
    $("tenant").textContent = all.tenant;
    $("throttle-button").setAttribute("aria-pressed", String(!!all.throttle));
    if (all.throttle && first) {
      $("limit").value = all.throttle.limit;
      $("window").value = all.throttle.window;
    }
    for (const name of Object.keys(VIEWS)) {
      show(name, all[name], first);
      const total = all.totals[name], shown = all[name].length;
      $(name + "-count").textContent = shown < total ? shown + " of " + total : total;
    }
  }

  let seen, timer, looking, again;
  function connected(yes) {
    $("link").textContent = yes ? "live" : "no answer";
    $("link").className = "badge " + (yes ? "good" : "bad");
  }

  // One look at a time; who asks meanwhile gets another one.
  async function look() {
    again = looking;
    if (looking) return;
    clearTimeout(timer);
    looking = true;
    try {
      do {
        again = false;
        const now = await ask("GET", "changes");
        $("clock").dateTime = now.time;
        $("clock").textContent = now.time.replace("T", " ").replace("Z", "");
        if (now.number !== seen) {
          const all = await ask("GET", "overview");
          paint(all);
          seen = all.changes;
        }
      } while (again);
      connected(true);
    } catch (problem) {
      connected(false);
    }
    looking = false;
    timer = setTimeout(look, document.hidden ? 10 * PAUSE : PAUSE);
  }

  for (const node of document.querySelectorAll("[data-seconds]")) {
    node.addEventListener("click", () => act("advance", { seconds: Number(node.dataset.seconds) }));
  }
  $("throttle").addEventListener("submit", (event) => {
    event.preventDefault();
    const on = $("throttle-button").getAttribute("aria-pressed") === "true";
    const limit = $("limit").valueAsNumber, window = $("window").valueAsNumber;
    act("throttle", on ? {} : { limit, window });
  });
  $("reset").addEventListener("click", () => {
    if (confirm("Forget all guests, mail, calls and requests?")) act("reset");
  });
  for (const table of document.querySelectorAll("table")) table.setAttribute("role", "table");
  for (const body of document.querySelectorAll("tbody")) body.setAttribute("role", "rowgroup");
  document.addEventListener("visibilitychange", look);
  look();
})();
]]
