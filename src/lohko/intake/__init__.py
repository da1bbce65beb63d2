"""The process that takes events in over HTTP and answers look-ups: it writes to the inbox, reads what is published, and never opens the store."""
