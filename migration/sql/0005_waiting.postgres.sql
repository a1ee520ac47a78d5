SELECT horarium_seal('booking_requests');
