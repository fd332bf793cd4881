// The page behind a link to pay: the provider's own form for its means of payment, and how far the payment is.

import { get, Refused } from "./api.js";
import { money } from "./format.js";

const at = (id) => document.getElementById(id);
const { link } = at("pay").dataset;
const LOOKS_EVERY_MS = 3000;
const OVER = {
  succeeded: "Paid. Thank you, you may close this page.",
  canceled: "This payment was withdrawn. Ask at the desk if something is still due.",
  expired: "This link is too old. Ask for a new one.",
};
let provider = null;
let elements = null;

function say(words) {
  at("word").textContent = words;
}

function tell(words) {
  at("trouble").textContent = words;
  at("trouble").hidden = !words;
}

function over(words, state) {
  say(words);
  tell("");
  at("pay").dataset.state = state;
  at("form").remove();
}

async function look() {
  try {
    const told = await get(`billing/pay/${link}`);
    at("sum").textContent = money(told.amount, told.currency);
    if (told.status in OVER) return over(OVER[told.status], told.status);
    if (told.clientSecret && elements === null) offer(told);
    else if (!told.clientSecret && elements === null && new Date(told.expiresAt) < new Date()) return over(OVER.expired, "expired");
    if (told.problem) tell(told.problem);
  } catch (error) {
    if (error instanceof Refused && error.status === 404) return over(OVER.expired, "expired");
    if (elements === null) say("The payment provider does not answer at the moment. One moment…");
  }
  setTimeout(look, LOOKS_EVERY_MS);
}

function offer({ amount, currency, clientSecret, publishableKey, account }) {
  if (typeof Stripe === "undefined") return say("The payment form did not load. Try again, or pay at the desk.");
  provider = Stripe(publishableKey, account ? { stripeAccount: account } : {});
  const { theme } = document.documentElement.dataset;
  const dark = theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  elements = provider.elements({ clientSecret, appearance: { theme: dark ? "night" : "stripe" } });
  const form = elements.create("payment");
  form.on("ready", () => (at("do").disabled = false));
  form.mount("#means");
  at("do").textContent = `Pay ${money(amount, currency)}`;
  at("form").hidden = false;
  say("");
}

at("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  at("do").disabled = true;
  tell("");
  const { error } = await provider.confirmPayment({ elements, confirmParams: { return_url: location.href }, redirect: "if_required" });
  if (error) {
    tell(error.message ?? "It was not paid. Try again.");
    at("do").disabled = false;
  } else say("Paid; one moment until it is confirmed…");
});

look();
