SELECT horarium_seal('series');
SELECT horarium_seal('series_occurrences');
