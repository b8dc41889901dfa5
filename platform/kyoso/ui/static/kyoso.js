// Small comforts. Every page works without them.

const FORM = "form[method=post]";

// A second press on the button must not send the form twice. The server answers a repeat
// the same way as the first time, but nobody should have to wonder.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches(FORM) || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  // aria-disabled, not disabled: a disabled button would not send its own name and value.
  event.submitter?.setAttribute("aria-disabled", "true");
  // A download leaves the page where it is: the form must not stay locked.
  setTimeout(() => release(document), 15_000);
});

function release(root) {
  for (const form of root.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
  }
}

// Back from the next page, or an answer that htmx put in: the form may be sent again.
window.addEventListener("pageshow", () => release(document));
document.addEventListener("htmx:afterRequest", () => release(document));

// How many characters are left. The limit is the server's; nothing typed is ever cut off.
function count(control) {
  const left = Number(control.dataset.limit) - [...control.value.replace(/\r\n/g, "\n")].length;
  let counter = control.nextElementSibling;
  if (!counter?.classList.contains("counter")) {
    counter = document.createElement("span");
    counter.className = "counter";
    control.after(counter);
  }
  const near = left < Math.max(20, Number(control.dataset.limit) * 0.1);
  counter.textContent = (left < 0 ? control.dataset.over : control.dataset.left).replace("{n}", Math.abs(left).toLocaleString());
  counter.classList.toggle("counter--over", left < 0);
  if (near) counter.setAttribute("role", "status");
  else counter.removeAttribute("role");
}

document.addEventListener("input", (event) => {
  if (event.target.dataset?.limit) count(event.target);
});

// What was chosen in a file field, one line each, images with a small picture.
document.addEventListener("change", (event) => {
  const control = event.target;
  if (control.type !== "file") return;
  let list = control.nextElementSibling;
  if (!list?.classList.contains("chosen")) {
    list = document.createElement("ul");
    list.className = "chosen";
    control.after(list);
  }
  list.replaceChildren(
    ...[...control.files].map((file) => {
      const line = document.createElement("li");
      if (/^image\/(png|jpeg|webp)$/.test(file.type) && file.size < 2_000_000) {
        const reader = new FileReader();
        reader.addEventListener("load", () => {
          const picture = document.createElement("img");
          picture.alt = "";
          picture.src = reader.result; // a data: address, which the security policy allows for images
          line.prepend(picture);
        });
        reader.readAsDataURL(file);
      }
      line.append(`${file.name} (${(file.size / 1024 / 1024).toFixed(1)} MB)`);
      return line;
    }),
  );
});

// A confirmation that unfolds in place becomes a dialog.
document.addEventListener("click", (event) => {
  const summary = event.target.closest?.("[data-confirm] > summary");
  if (!summary || !window.HTMLDialogElement) return;
  event.preventDefault();
  const details = summary.parentElement;
  const body = details.querySelector(":scope > .confirm__body");
  const dialog = document.createElement("dialog");
  const close = document.createElement("button");
  close.type = "button";
  close.className = "button button--secondary";
  close.textContent = body.dataset.close;
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    details.append(body);
    dialog.remove();
    summary.focus();
  });
  const title = body.querySelector(".confirm__title");
  title.id ||= `confirm-${Math.random().toString(36).slice(2)}`;
  dialog.setAttribute("aria-labelledby", title.id);
  dialog.append(body, close);
  document.body.append(dialog); // not into <details>: it is closed, and hides what it holds
  dialog.showModal();
});

// An open menu closes on Escape and on a click elsewhere.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(".popover[open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll(".popover[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// Leaving a long form with unsent words asks first; only forms that say data-guard.
let touched = false;
document.addEventListener("input", (event) => {
  if (event.target.closest?.("form[data-guard]")) touched = true;
});
document.addEventListener("submit", () => (touched = false));
window.addEventListener("beforeunload", (event) => {
  if (touched) event.preventDefault();
});

function begin(root) {
  for (const control of root.querySelectorAll("[data-limit]")) count(control);
}
begin(document);
document.addEventListener("htmx:load", (event) => begin(event.target));
document.querySelector(".error-summary")?.focus();
