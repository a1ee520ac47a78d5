SELECT horarium_seal('blocks');
