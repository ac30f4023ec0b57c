"""The only code that speaks HTTP: one guarded transport, wire to values, ways of reading, and the two writes."""
