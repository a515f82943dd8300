"""Pages: turn a request into a call and a result into HTML; nothing else lives here."""
