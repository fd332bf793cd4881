"""What a price list would have brought, and what it would cost: pure functions over the tariff engine.

No Django, no clock, no database. `rerating` prices past stays anew, `tally` adds up what that changes, `curve` draws a
fee over the length of a stay, `starting_points` are plans to begin with.
"""
