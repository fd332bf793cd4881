"""What other contexts may call of billing.

Parking hands over the facts of a stay at its exit (`charge_stay`, inside its own transaction), and at start-up says
where a stay is found by its id (`register_stay_lookup`), and many of them (`register_stays_lookup`), which vehicle
types and locations exist (`register_place_checks`), what these are called (`register_place_lookup`) and when two plates
are the same (`register_plate_key`).
"""

from .answers import FeeCalculation, PaymentRecord, fee_calculation, payment_record, stored_fee_calculation
from .commands.charges import ChargedStay, charge_stay, find_charge
from .commands.code_uses import forget_vehicles
from .commands.counting import PaymentRequired, TakePayment
from .commands.erasing import erase_customer, take_plate_off
from .commands.fee_record import AlreadyCharged
from .commands.past_charges import PastCharge, charge_past_stays
from .commands.payments import take_payment
from .commands.rates import NewRates, create_rates
from .commands.stay_facts import tell_of_stay
from .commands.taking import TakenPayment
from .demo.books import keep_demo_books
from .demo.plans import DISCOUNTS as DEMO_DISCOUNTS
from .demo.plans import DemoSite
from .ledger.missing import post_missing
from .persons import CustomerKept, PlateKept, find_customer_kept, list_plates_kept
from .places import Place, register_place_checks, register_place_lookup
from .plates import register_plate_key
from .pricing import PricedStay, price_stay
from .queries import list_fees, quote_stay
from .stays import StayFacts, register_stay_lookup, register_stays_lookup
from .tariff import Plan
from .vehicle_stays import register_vehicle_stays

__all__ = [
    "DEMO_DISCOUNTS",
    "AlreadyCharged",
    "ChargedStay",
    "CustomerKept",
    "DemoSite",
    "FeeCalculation",
    "NewRates",
    "PastCharge",
    "PaymentRecord",
    "PaymentRequired",
    "Place",
    "Plan",
    "PlateKept",
    "PricedStay",
    "StayFacts",
    "TakePayment",
    "TakenPayment",
    "charge_past_stays",
    "charge_stay",
    "create_rates",
    "erase_customer",
    "fee_calculation",
    "find_charge",
    "find_customer_kept",
    "forget_vehicles",
    "keep_demo_books",
    "list_fees",
    "list_plates_kept",
    "payment_record",
    "post_missing",
    "price_stay",
    "quote_stay",
    "register_place_checks",
    "register_place_lookup",
    "register_plate_key",
    "register_stay_lookup",
    "register_stays_lookup",
    "register_vehicle_stays",
    "stored_fee_calculation",
    "take_payment",
    "take_plate_off",
    "tell_of_stay",
]
