"""The script that payers' browsers load of the stand-in: as much of Stripe.js as our page uses, with one field."""

SCRIPT = """
const home = new URL(document.currentScript.src).origin;
window.Stripe = (key, { stripeAccount = "" } = {}) => ({
  elements: ({ clientSecret }) => ({
    clientSecret,
    create: () => ({
      on: (name, then) => setTimeout(then, 50),
      mount: (place) => {
        const field = Object.assign(document.createElement("input"), { className: "input", id: "card" });
        field.setAttribute("aria-label", "Card number");
        document.querySelector(place).append(field);
      },
    }),
  }),
  confirmPayment: async ({ elements }) => {
    const card = document.getElementById("card").value;
    const sent = { key, account: stripeAccount, client_secret: elements.clientSecret, card };
    return (await fetch(`${home}/confirm`, { method: "POST", body: new URLSearchParams(sent) })).json();
  },
});
"""
