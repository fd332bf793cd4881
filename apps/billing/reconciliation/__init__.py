"""What somebody has to look at before the books are right: stays that left without a price are the first kind."""
