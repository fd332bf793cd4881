"""What an invoice is made of: the stays that are on it, their sums, what is printed and what is posted."""
