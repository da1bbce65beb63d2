"""The web app: pages in English and Finnish and the same data as JSON, both on the steps that the command line calls."""
