"""Organisation (体制図): who stands where in the town's units, on any day, as picture and list."""
