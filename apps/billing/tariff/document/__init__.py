"""What a plan is, as JSON: typed structs, times as text, the canonical form and its hash."""
