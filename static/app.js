// Only enhances: every page works without this file.

const all = (selector) => document.querySelectorAll(selector);
const said = document.getElementById("said");
const MINUTE = 60e3;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

// The same words and bounds as the server writes, so that nothing jumps on the first refresh.
const plural = (count, unit) => `${count} ${unit}${count === 1 ? "" : "s"}`;

function relative(left) {
  const gap = Math.abs(left);
  if (gap < MINUTE) return left > 0 ? "in less than a minute" : "just now";
  const words =
    gap < 90 * MINUTE
      ? plural(Math.floor(gap / MINUTE), "minute")
      : gap < 48 * HOUR
        ? plural(Math.round(gap / HOUR), "hour")
        : plural(Math.round(gap / DAY), "day");
  return left > 0 ? `in ${words}` : `${words} ago`;
}

function urgency(left) {
  if (left <= 0) return ["passed", "Passed"];
  if (left < HOUR) return ["last", "Last hour"];
  if (left < 3 * HOUR) return ["soon", "Closing soon"];
  return ["calm", ""];
}

// How far the device's clock is from the server's, which decides. The page says when it was made.
const skew = Date.parse(document.documentElement.dataset.now) - Date.now() || 0;
const now = () => Date.now() + skew;

function refreshTimes() {
  for (const element of all("[data-rel]")) {
    const words = relative(Date.parse(element.dataset.rel) - now());
    if (element.textContent !== words) element.textContent = words;
  }
  for (const element of all("[data-deadline]")) {
    const time = element.querySelector("time");
    const word = element.querySelector(".urgency span");
    if (!time || !word) continue;
    const [key, words] = urgency(Date.parse(time.dateTime) - now());
    if (element.dataset.urgency === key) continue;
    element.dataset.urgency = key;
    word.textContent = words;
    const card = element.closest("article");
    if (card) card.dataset.urgency = key;
  }
}

// A page that has been open for five minutes says so. It never reloads by itself.
const STALE_AFTER = 5 * MINUTE;
const opened = Date.now();

function showStale() {
  const bar = document.getElementById("stale");
  if (bar && Date.now() - opened > STALE_AFTER) bar.hidden = false;
}

// Before the session ends there is time to stay. Another page of the same session may have been used meanwhile, so the
// server is asked first; asking keeps nothing alive.
const WARNED = 5 * MINUTE;
const ending = document.getElementById("session-ends");
let ends = Date.parse(ending?.dataset.ends);

async function warnOfTheEnd() {
  if (!ending || !(ends - now() < WARNED)) return;
  const answer = await fetch("/session/ends", { redirect: "manual" });
  const over = answer.type === "opaqueredirect";
  if (answer.ok) ends = Date.parse((await answer.json()).ends);
  else if (!over) return;
  const [soon, gone] = ending.querySelectorAll("p > span");
  soon.hidden = over;
  gone.hidden = !over;
  ending.querySelector("form").hidden = over || ends >= Date.parse(ending.dataset.longest);
  ending.querySelector("[data-rel]").dataset.rel = new Date(ends).toISOString();
  refreshTimes();
  ending.hidden = !over && ends - now() >= WARNED;
}

function refresh() {
  refreshTimes();
  showStale();
  // A network that is away for a while is no news.
  warnOfTheEnd().catch(() => {});
}

ending?.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = new URLSearchParams(new FormData(event.target));
  await fetch(event.target.action, { method: "POST", body, redirect: "manual" }).catch(() => {});
  refresh();
});

refresh();
setInterval(refresh, 15e3);
document.addEventListener("visibilitychange", refresh);

// Requests that came since the page was made are announced; rows never move by themselves.
const updates = document.getElementById("updates");
const shown = new Set(Array.from(all("tbody th a"), (link) => link.textContent));

async function lookForUpdates() {
  if (document.hidden) return;
  const answer = await fetch(updates.dataset.updates, { redirect: "manual" });
  if (!answer.ok) return;
  const { references } = await answer.json();
  const count = references.filter((reference) => !shown.has(reference)).length;
  const words = plural(count, "new request");
  updates.hidden = count === 0;
  const told = updates.querySelector("span");
  if (count > 0 && told.textContent !== words) said.textContent = words;
  told.textContent = words;
}

if (updates) {
  const look = () => lookForUpdates().catch(() => {});
  setInterval(look, 30e3);
  document.addEventListener("visibilitychange", look);
}

// Copy buttons are hidden until there is a script to serve them and a clipboard to take it.
if (navigator.clipboard) {
  for (const button of all("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.classList.add("copied");
      said.textContent = "Copied";
      setTimeout(() => {
        button.classList.remove("copied");
        said.textContent = "";
      }, 2000);
    });
  }
}

// One press is one act: the second press of an impatient finger goes nowhere.
for (const form of all("form[method=post]")) {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
}
addEventListener("pageshow", (event) => {
  // A page that comes back from memory is old, and its forms were sent.
  if (event.persisted) location.reload();
});

// Passkeys: what the device signed is handed in by the same form, in place of the code. At the door it is offered
// within the field for the address, too, and a challenge is renewed before it ends.
const options = async (button) => {
  const answer = await fetch(button.dataset.passkey, { redirect: "manual" });
  if (!answer.ok) throw new Error(`passkey: ${answer.status}`);
  return answer.json();
};

const handIn = (form, credential) => {
  form.elements.passkey.value = JSON.stringify(credential.toJSON());
  form.noValidate = true;
  form.requestSubmit();
};

async function passkey(button, how) {
  const asked = await options(button);
  const { credentials } = navigator;
  const credential = asked.user
    ? await credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(asked) })
    : await credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(asked), ...how });
  handIn(button.form, credential);
}

if (window.PublicKeyCredential?.parseRequestOptionsFromJSON) {
  let offer;
  for (const button of all("[data-passkey]")) {
    const told = button.nextElementSibling;
    button.parentElement.hidden = false;
    button.addEventListener("click", async () => {
      offer?.abort();
      told.textContent = "";
      try {
        await passkey(button);
      } catch (error) {
        told.textContent =
          error.name === "InvalidStateError" ? "This device has a passkey of yours already." : "No passkey was used. Try again.";
      }
    });
  }
  const door = document.querySelector("form[action='/sign-in/passkey'] [data-passkey]");
  if (door && (await PublicKeyCredential.isConditionalMediationAvailable?.())) {
    const renew = () => {
      offer?.abort();
      offer = new AbortController();
      passkey(door, { mediation: "conditional", signal: offer.signal }).catch(() => {});
    };
    renew();
    setInterval(renew, 4 * MINUTE);
  }
}
