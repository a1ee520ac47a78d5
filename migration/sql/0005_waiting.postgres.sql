SELECT horarium_seal('booking_requests');
SELECT horarium_seal('waitlist');
SELECT horarium_seal('waitlist_offers');
