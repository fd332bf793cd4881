"""Invented drivers, hauliers, number plates and telephone numbers. Pure; whoever exists like this is a coincidence."""

from collections.abc import Callable
from random import Random

import msgspec


class Region(msgspec.Struct, frozen=True):
    """Where vehicles come from. Telephone numbers are of ranges in which nobody has one."""

    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    hauliers: tuple[str, ...]
    plate: Callable[[Random], str]
    phone: Callable[[Random], str]

    def driver(self, chance: Random) -> str:
        return f"{chance.choice(self.first_names)} {chance.choice(self.last_names)}"


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


# India's plates have no I and no O in their series, the Dutch no vowels: nobody can take them for digits or words.
_SERIES = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_CONSONANTS = "BDFGHJKLNPRSTVXZ"
_STATES = ("MH", "MH", "MH", "MH", "GJ", "GJ", "KA", "RJ", "TS", "TN", "MP", "HR")


def _some(chance: Random, letters: str, count: int) -> str:
    return "".join(chance.choices(letters, k=count))


def _indian_plate(chance: Random) -> str:
    district, number = chance.randrange(1, 50), chance.randrange(1, 10_000)
    return f"{chance.choice(_STATES)} {district:02} {_some(chance, _SERIES, 2)} {number:04}"


def _european_plate(chance: Random) -> str:
    country, number = chance.random(), chance.randrange(100, 1000)
    if country < 0.55:
        return f"{chance.randrange(10, 100)}-{_some(chance, _CONSONANTS, 3)}-{chance.randrange(1, 10)}"
    if country < 0.85:
        return f"{chance.choice('12')}-{_some(chance, _SERIES, 3)}-{number}"
    return f"{chance.choice(('DU', 'KLE', 'AC', 'BOR'))}-{_some(chance, _SERIES, 2)} {number}"


def _indian_phone(chance: Random) -> str:
    return f"+91 00000 {chance.randrange(100_000):05}"  # no number in India begins with a zero


def _european_phone(chance: Random) -> str:
    return f"+33 6 39 98 {chance.randrange(100):02} {chance.randrange(100):02}"  # Arcep keeps these for films


REGIONS = {
    "india": Region(
        first_names=_words(
            "Aarav|Anil|Arjun|Ashok|Balwinder|Bharat|Deepak|Dinesh|Farhan|Ganesh|Gurpreet|Harish|Imran|Iqbal"
            "|Jagdish|Kailash|Karthik|Kiran|Mahesh|Manoj|Mukesh|Nagaraj|Naresh|Nilesh|Pandurang|Prakash|Rafiq"
            "|Rajesh|Ramesh|Sachin|Salim|Sandeep|Santosh|Shankar|Sunil|Suresh|Tukaram|Umesh|Vijay|Vinod|Yusuf"
            "|Lakshmi|Meena|Sunita"
        ),
        last_names=_words(
            "Ansari|Bhosale|Chauhan|Deshmukh|Gaikwad|Gill|Gowda|Iyer|Jadhav|Joshi|Kadam|Kamble|Khan|Kulkarni"
            "|Kumar|Mane|More|Naik|Nair|Patel|Patil|Pawar|Pillai|Qureshi|Rathod|Reddy|Sawant|Shaikh|Sharma|Shinde"
            "|Singh|Solanki|Thakur|Tiwari|Verma|Yadav"
        ),
        hauliers=(
            "Nandivan Roadlines",
            "Suryatal Carriers",
            "Chandanpur Freight",
            "Meghdhara Logistics",
            "Panchrang Axle Transport",
            "Jalsetu Container Lines",
            "Vanraj Haulage",
            "Hariyal Reefers",
            "Dhruvpath Movers",
            "Rangmala Cargo",
            "Kesarban Carriers",
            "Tamrapath Logistics",
            "Shilavati Bulk Transport",
            "Ujjwal Teen Chakra Cargo",
        ),
        plate=_indian_plate,
        phone=_indian_phone,
    ),
    "low-countries": Region(
        first_names=_words(
            "Andrzej|Arne|Bart|Bogdan|Daan|Dirk|Els|Femke|Floris|Gert|Hendrik|Ilse|Jan|Jeroen|Joost|Joris|Karel"
            "|Kees|Koen|Lars|Lotte|Maarten|Marek|Mehmet|Mihai|Niels|Piet|Pieter|Ruben|Sander|Sem|Sofie|Stijn"
            "|Thijs|Tomasz|Willem|Wouter|Yusuf"
        ),
        last_names=_words(
            "Aerts|Bakker|Claes|de Boer|de Groot|de Vries|Dekker|Demir|Goossens|Hendriks|Ionescu|Jacobs|Jansen|Kowalski"
            "|Maes|Meijer|Mertens|Mulder|Nowak|Peeters|Popa|Smit|Smits|van den Berg|van Dijk|Vermeulen|Visser|Willems"
            "|Wouters|Yilmaz|Zielinski"
        ),
        hauliers=(
            "Van der Zilt Transport",
            "Blauwreiger Logistiek",
            "Koppelsluis & Zn.",
            "Waterplank Koeltransport",
            "Hoogeveste Vervoer",
            "Rietkraag Containers",
            "Polderpad Expeditie",
            "Noorderlicht Vrachten",
            "Scheldewind Trucking",
            "Zeearend Haulage",
            "Molenhoek Wegtransport",
            "Trekschuit & Dochters",
        ),
        plate=_european_plate,
        phone=_european_phone,
    ),
}
