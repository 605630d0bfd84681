print("pmtrace")
