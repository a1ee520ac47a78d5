SELECT horarium_seal('webhook_endpoints');
SELECT horarium_seal('webhook_deliveries');
SELECT horarium_seal('deliveries');
SELECT horarium_seal('templates');
SELECT horarium_seal('notifications');
