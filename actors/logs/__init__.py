"""The logs actor: writes every actor's log lines to files a person can grep, and keeps them in bounds."""
