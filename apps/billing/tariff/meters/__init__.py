"""The meters as they run: one class for each kind of the document, each a pure function of facts and a span."""
