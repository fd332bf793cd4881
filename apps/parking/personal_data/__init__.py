"""What is kept of persons: where it lies, handing it out, and erasing it with the accounts left true."""
