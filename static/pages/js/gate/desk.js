// One vehicle at a time: what is typed, what the server says of it, and the act that Enter stands for.

import { act, get, perform, Refused, Unanswered } from "../api.js";
import { clock, duration, money, moment } from "../format.js";
import { hint, say, sayRefused } from "./banner.js";
import { Lookup } from "./lookup.js";
import { Pending } from "./pending.js";
import { paidBy } from "./ways.js";

// A second Enter that bounces off the first must not take money for a fee that nobody has read.
const READING_MS = 600;
const FRESH_MS = 30_000;

const at = (id) => document.getElementById(id);
const page = document.querySelector(".gate");
const plate = at("plate");
const extras = ["driver", "phone", "haulier"].map(at);

export class Desk {
  #busy = false;
  #asking = false;
  #stay = null;
  #answerableAt = 0;
  #typeTouched = false;
  #pending = new Pending();

  constructor({ kinds, where, till, recent }) {
    Object.assign(this, { kinds, where, till, recent });
    this.lookup = new Lookup(
      () => this.#busy || say("looking", "Looking…", "Asking whether it is in the yard."),
      (answer) => this.#answered(answer),
      (error) => sayRefused(error),
    );
    plate.addEventListener("input", () => this.#typed());
    setInterval(() => this.#refreshQuote(), FRESH_MS);
    setInterval(() => this.till.tick(), 5000);
    this.#recallPending();
  }

  get plate() {
    return plate.value.trim().replace(/\s+/g, " ").toUpperCase();
  }

  /** Someone chose a type by hand: what the plate's former stay suggests no longer counts. */
  typeTouched() {
    this.#typeTouched = true;
  }

  clear({ quietly = false } = {}) {
    if (this.#busy) return;
    this.#leavePending();
    this.lookup.cancel();
    for (const field of [plate, ...extras]) field.value = "";
    this.#typeTouched = false;
    this.kinds.choose(this.recent.usualType);
    this.#mode("idle");
    if (!quietly) say("idle", "Ready for the next vehicle", "Type its plate: the page says whether it comes or goes.");
    plate.focus();
  }

  /** What Enter means just now. */
  async enter() {
    if (this.#busy || this.#asking || performance.now() < this.#answerableAt) return;
    if (this.#pending.deed) return this.#send(this.#pending.deed);
    if (!this.plate) return hint("Type a plate first", "Then Enter records it.");
    if (!this.where.location) return this.where.ask();
    this.#asking = true;
    if (this.lookup.plate !== this.plate) this.lookup.plate = this.plate;
    const seen = page.dataset.mode;
    const answer = await this.lookup.settle();
    this.#asking = false;
    if (!answer) return;
    if (!answer.open) return this.#send(this.#entry());
    // The fee was not on the screen when Enter was pressed: it is now, and the next Enter takes it.
    if (seen === "exit" && this.till.ready) return this.#settle();
    if (!this.till.ready) await this.#quote();
  }

  #typed() {
    if (this.#busy) return;
    this.#leavePending();
    if (this.#stay || page.dataset.mode !== "idle") this.#mode("idle");
    this.lookup.typed(this.plate);
    if (!this.plate) say("idle", "Ready for the next vehicle", "Type its plate: the page says whether it comes or goes.");
    else say("looking", "Looking…", "Asking whether it is in the yard.");
  }

  async #answered({ plate: asked, open, former }) {
    if (open) {
      const place = this.#place(open.locationId);
      this.#stay = open;
      this.till.open(open, { vehicle: this.kinds.name(open.vehicleType), where: place.name, zone: place.timezone });
      this.#mode("exit");
      await this.#quote();
      return;
    }
    if (!this.#typeTouched) this.kinds.choose(former?.vehicleType ?? this.recent.usualType);
    this.#mode("entry");
    const known = former ? `Last here as ${this.kinds.name(former.vehicleType)}. ` : "";
    say("entry", `${asked} is not in the yard`, `${known}Enter records its entry.`);
  }

  #sayExit() {
    const stay = this.#stay;
    const place = this.#place(stay.locationId);
    const minutes = (Date.now() - new Date(stay.entryTime)) / 60_000;
    const late = stay.status === "overstay" ? "Overstay. " : "";
    const until = this.till.account?.paidUntil;
    const paid = until ? `Paid until ${moment(until, place.timezone)}. ` : "";
    const elsewhere = stay.locationId === this.where.location?.id ? "" : `At ${place.name}, not at this gate’s location. `;
    say("exit", `${stay.vehicleNumber} is in the yard`, `${late}${paid}${elsewhere}Since ${moment(stay.entryTime, place.timezone)}, ${duration(minutes)}.`);
  }

  async #quote({ quietly = false } = {}) {
    const stay = this.#stay;
    if (!stay) return;
    const before = this.till.account ? this.till.dueMinor : null;
    try {
      const account = await get(`billing/stays/${stay.id}/account`);
      if (this.#stay !== stay || this.#busy) return;
      if (!account.fee) return this.#sayUnpriced();
      this.till.show(account);
      if (this.till.dueMinor === before) return quietly || this.#sayExit();
      this.#answerableAt = performance.now() + READING_MS;
      if (!quietly) return this.#sayExit();
      say("warn", `Now ${this.till.write(this.till.dueMinor)} is due`, "The stay has reached the next unit. Enter takes what is due now.");
    } catch (error) {
      if (this.#stay === stay && !quietly) sayRefused(error);
    }
  }

  #sayUnpriced() {
    this.till.showUnpriced();
    this.#answerableAt = performance.now() + READING_MS;
    say("warn", `No rate prices ${this.#stay.vehicleNumber}`, "Enter lets it out without a payment; its fee is settled later.");
  }

  #refreshQuote() {
    if (!this.#busy && !this.#pending.deed && page.dataset.mode === "exit" && !document.hidden) this.#quote({ quietly: true });
  }

  #entry() {
    const [driverName, driverPhone, transportName] = extras.map(({ value }) => value.trim() || undefined);
    const body = { vehicleNumber: this.plate, vehicleType: this.kinds.chosen, driverName, driverPhone, transportName, locationId: this.where.location.id, source: "web" };
    return { kind: "in", plate: this.plate, act: act("parking/entries", body) };
  }

  #settle() {
    const { receivedMinor: given, dueMinor: due, payment, ways } = this.till;
    if (given === null) return say("bad", "The cash field can’t be read", "Write the amount in figures, or leave the field empty for exactly the fee.");
    if (given < due) return say("bad", `Short by ${this.till.write(due - given)}`, "Nothing was recorded. Take the rest, or leave the field empty.");
    if (payment && ways.asksForReference && !payment.reference) {
      say("bad", "The reference is missing", "Write the number that the payment has there: with it both books can be held against each other.");
      return at("reference").focus();
    }
    return this.#send({ kind: "out", plate: this.#stay.vehicleNumber, given, due, act: act("parking/exits", { entryId: this.#stay.id, payment }) });
  }

  async #send(deed) {
    this.#working(true);
    this.#pending.keep(deed);
    say("looking", deed.kind === "in" ? "Recording the entry…" : "Recording the exit…", deed.plate);
    try {
      const answer = await perform(deed.act);
      this.#working(false);
      this.#pending.drop();
      if (deed.kind === "in") this.#cameIn(answer);
      else this.#wentOut(answer, deed);
    } catch (error) {
      this.#working(false);
      if (error instanceof Refused) await this.#refused(error, deed);
      else if (error instanceof Unanswered) this.#sayUnanswered(deed);
      else throw error;
    }
  }

  #cameIn(entry) {
    const place = this.#place(entry.locationId);
    const vehicle = this.kinds.name(entry.vehicleType);
    this.clear({ quietly: true });
    say("good", `${entry.vehicleNumber} is in`, `${vehicle} at ${place.name}, ${clock(entry.entryTime, place.timezone)}`);
    this.#note("in", entry.vehicleNumber, `In · ${vehicle} · ${place.name}`, { vehicleType: entry.vehicleType });
  }

  #wentOut({ entry, durationMinutes, fee, payment }, { given, due }) {
    const paid = payment ? `${money(payment.amount, payment.currency)} ${paidBy(payment.method)}` : "nothing to pay";
    const change = payment && given > due ? `give back ${this.till.write(given - due)}` : "";
    const receipt = payment?.receiptNumber ? `receipt ${payment.receiptNumber}` : "";
    const stayed = duration(durationMinutes);
    this.clear({ quietly: true });
    const told = [fee ? paid : "no rate, fee to be settled later", change, receipt, `stayed ${stayed}`].filter(Boolean).join(", ");
    say("good", change ? `${entry.vehicleNumber} is out: ${change}` : `${entry.vehicleNumber} is out`, `${told[0].toUpperCase()}${told.slice(1)}`);
    this.#note("out", entry.vehicleNumber, ["Out", fee ? paid : "no rate", receipt, stayed].filter(Boolean).join(" · "));
  }

  async #refused(refusal, deed) {
    if (refusal.status === 401) return sayRefused(refusal);
    this.#pending.drop();
    this.#note("stop", deed.plate, `Refused · ${refusal.title}`);
    // Ask afresh before saying why, so that what the next Enter means is what the page shows.
    if (this.plate) await this.lookup.again();
    sayRefused(refusal);
    plate.focus();
  }

  #sayUnanswered({ plate: name }) {
    say("warn", "No answer yet: press Enter to ask again", `${name} may or may not be recorded. Asking again never acts twice.`);
    plate.focus();
  }

  #mode(mode) {
    page.dataset.mode = mode;
    at("exit-pane").hidden = mode !== "exit";
    at("entry-pane").hidden = mode === "exit";
    if (mode === "exit") return;
    this.#stay = null;
    this.till.close();
  }

  #working(on) {
    this.#busy = on;
    plate.readOnly = on;
    for (const button of [at("record"), at("settle")]) button.setAttribute("aria-disabled", String(on));
  }

  #place(locationId) {
    return this.where.find(locationId) ?? { name: "another location", timezone: document.body.dataset.timezone };
  }

  #note(kind, name, more, extra = {}) {
    this.recent.add({ kind, plate: name, at: Date.now(), zone: this.where.location?.timezone, more, ...extra });
  }

  // Someone went on without the answer: the list says so, since nobody knows what became of it.
  #leavePending() {
    const { deed } = this.#pending;
    if (!deed) return;
    this.#note("stop", deed.plate, "No answer · look it up before recording it again");
    this.#pending.drop();
  }

  #recallPending() {
    const { deed } = this.#pending;
    if (!deed) return;
    plate.value = deed.plate;
    this.#sayUnanswered(deed);
  }
}
