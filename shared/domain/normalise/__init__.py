"""What is said of a person, in one form: addresses, names, places, languages, clocks, dates, amounts."""
