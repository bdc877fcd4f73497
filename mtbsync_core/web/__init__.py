"""The web app: reviews of pairs and the dashboard of many runs, served on this machine by Starlette."""
