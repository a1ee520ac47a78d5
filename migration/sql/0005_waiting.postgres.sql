SELECT horarium_seal('booking_requests');
SELECT horarium_seal('waitlist');
SELECT horarium_seal('waitlist_offers');
SELECT horarium_seal('routing_forms');
SELECT horarium_seal('routing_submissions');
SELECT horarium_seal('walk_ins');
