"""The process that takes events in over HTTP: it writes them to the inbox, and neither reads nor asks anything."""
