//! Every door, who may come in, and one try at it.

/// A try at every door.
pub(crate) fn knocks() -> impl Iterator<Item = &'static Knock> {
    TENANCY.iter().chain(SCHEDULING)
}

/// Whom a door opens to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum For {
    /// Everybody, and why.
    Everybody(&'static str),
    /// Whoever shows a credential.
    Holders,
    /// Whoever is signed in, for what is theirs. A key is nobody in particular.
    People,
    /// Whoever has the right to it in the organization.
    Entitled,
    /// Whoever has the right to everybody's, and whoever gives time for what is their own; of this nothing is.
    Own,
}

/// One try at one door.
#[derive(Debug)]
pub(crate) struct Knock {
    /// The door, as `Root.field`.
    pub(crate) at: &'static str,
    /// The document; `$id` is the id of something of the organization.
    pub(crate) sends: &'static str,
    /// Of what the id is, by its prefix; nothing if the document needs none.
    pub(crate) about: &'static str,
    /// To whom it opens.
    pub(crate) opens: For,
}

const fn knock(at: &'static str, opens: For, about: &'static str, sends: &'static str) -> Knock {
    Knock {
        at,
        sends,
        about,
        opens,
    }
}

const REGISTERING: For = For::Everybody("how a person comes to have a credential");
const PROVED: For = For::Everybody("whoever holds the token or the code has proved enough");
const PUBLIC: For =
    For::Everybody("a part of every organization is everybody's to see; the rest of it is not");
const METER: For = For::Everybody("says only what one's own request costs");

/// At the doors of accounts and organizations.
#[rustfmt::skip]
const TENANCY: &[Knock] = &[
    knock("Query.apiKeys", For::Entitled, "", "{ apiKeys { nodes { id name } totalCount } }"),
    knock("Query.auditLog", For::Entitled, "", "{ auditLog { nodes { id action entityId } totalCount } }"),
    knock("Query.invitationPreview", PROVED, "", "{ invitationPreview(token: \"a guess\") { organizationSlug } }"),
    knock("Query.invitations", For::Entitled, "", "{ invitations { nodes { id email } totalCount } }"),
    knock("Query.members", For::Entitled, "", "{ members { nodes { id user { id name } } totalCount } }"),
    knock("Query.node", PUBLIC, "org", "query($id: ID!) { node(id: $id) { id } }"),
    knock("Query.nodes", PUBLIC, "org", "query($id: ID!) { nodes(ids: [$id]) { id } }"),
    knock("Query.organization", PUBLIC, "", "{ organization { id slug name } }"),
    knock("Query.rateLimit", METER, "", "{ rateLimit { cost } }"),
    knock("Query.viewer", For::Holders, "", "{ viewer { id email sessions { id } places { role } } }"),
    knock("Mutation.apiKeyCreate", For::Entitled, "",
        "mutation { apiKeyCreate(input: { name: \"k\", scopes: [], validateOnly: true }) { secret userErrors { code message field } } }"),
    knock("Mutation.apiKeyRevoke", For::Entitled, "key",
        "mutation($id: ID!) { apiKeyRevoke(input: { apiKeyId: $id }) { apiKey { id } userErrors { code message field } } }"),
    knock("Mutation.apiKeyUpdate", For::Entitled, "key",
        "mutation($id: ID!) { apiKeyUpdate(input: { apiKeyId: $id, name: \"mine\" }) { apiKey { id } userErrors { code message field } } }"),
    knock("Mutation.emailVerificationRequest", For::People, "",
        "mutation { emailVerificationRequest(input: {}) { isSent userErrors { code message field } } }"),
    knock("Mutation.emailVerify", For::People, "",
        "mutation { emailVerify(input: { code: \"0\" }) { user { id } userErrors { code message field } } }"),
    knock("Mutation.invitationAccept", For::People, "",
        "mutation { invitationAccept(input: { token: \"a guess\" }) { membershipId userErrors { code message field } } }"),
    knock("Mutation.invitationCreate", For::Entitled, "",
        "mutation { invitationCreate(input: { email: \"x@example.com\", role: STAFF, validateOnly: true }) { token userErrors { code message field } } }"),
    knock("Mutation.invitationRevoke", For::Entitled, "inv",
        "mutation($id: ID!) { invitationRevoke(input: { invitationId: $id }) { invitation { id } userErrors { code message field } } }"),
    knock("Mutation.membershipRemove", For::Entitled, "mem",
        "mutation($id: ID!) { membershipRemove(input: { membershipId: $id }) { removedMembershipId userErrors { code message field } } }"),
    knock("Mutation.membershipUpdate", For::Entitled, "mem",
        "mutation($id: ID!) { membershipUpdate(input: { membershipId: $id, role: STAFF }) { membership { id } userErrors { code message field } } }"),
    knock("Mutation.organizationCreate", For::People, "",
        "mutation { organizationCreate(input: { slug: \"zephyr\", name: \"Z\", timeZone: \"UTC\", currency: \"EUR\", validateOnly: true }) { organization { id } userErrors { code message field } } }"),
    knock("Mutation.organizationDelete", For::Entitled, "",
        "mutation { organizationDelete(input: { token: \"a guess\", slug: \"aurora\", validateOnly: true }) { deletedOrganizationId userErrors { code message field } } }"),
    knock("Mutation.organizationDeletionRequest", For::Entitled, "",
        "mutation { organizationDeletionRequest(input: { validateOnly: true }) { token userErrors { code message field } } }"),
    knock("Mutation.organizationLeave", For::People, "",
        "mutation { organizationLeave(input: { validateOnly: true }) { removedMembershipId userErrors { code message field } } }"),
    knock("Mutation.organizationUpdate", For::Entitled, "",
        "mutation { organizationUpdate(input: { name: \"mine\", validateOnly: true }) { organization { id } userErrors { code message field } } }"),
    knock("Mutation.passwordChange", For::People, "",
        "mutation { passwordChange(input: { currentPassword: \"a guess\", newPassword: \"a better pass phrase\" }) { user { id } userErrors { code message field } } }"),
    knock("Mutation.passwordReset", PROVED, "",
        "mutation { passwordReset(input: { email: \"ana@example.com\", code: \"0\", newPassword: \"a better pass phrase\" }) { userId userErrors { code message field } } }"),
    knock("Mutation.passwordResetRequest", REGISTERING, "",
        "mutation { passwordResetRequest(input: { email: \"nobody@example.com\" }) { isAccepted userErrors { code message field } } }"),
    knock("Mutation.sessionCreate", REGISTERING, "",
        "mutation { sessionCreate(input: { email: \"ana@example.com\", password: \"a guess\" }) { tokens { accessToken } userErrors { code message field } } }"),
    knock("Mutation.sessionCreateWithToken", REGISTERING, "",
        "mutation { sessionCreateWithToken(input: { token: \"a guess\" }) { tokens { accessToken } userErrors { code message field } } }"),
    knock("Mutation.sessionRefresh", PROVED, "",
        "mutation { sessionRefresh(input: { refreshToken: \"a guess\" }) { tokens { accessToken } userErrors { code message field } } }"),
    knock("Mutation.sessionRevoke", For::People, "ses",
        "mutation($id: ID!) { sessionRevoke(input: { sessionId: $id }) { endedSessionIds userErrors { code message field } } }"),
    knock("Mutation.sessionRevokeOthers", For::People, "",
        "mutation { sessionRevokeOthers(input: {}) { endedSessionIds userErrors { code message field } } }"),
    knock("Mutation.userRegister", REGISTERING, "",
        "mutation { userRegister(input: { email: \"new@example.com\", name: \"N\", password: \"a pass phrase of some length\", validateOnly: true }) { user { id } userErrors { code message field } } }"),
    knock("Mutation.userUpdate", For::People, "",
        "mutation { userUpdate(input: { name: \"mine\", validateOnly: true }) { user { id } userErrors { code message field } } }"),
    knock("Subscription.auditLogged", For::Entitled, "", "subscription { auditLogged { id action } }"),
];

/// At the doors of calendars and diaries.
#[rustfmt::skip]
const SCHEDULING: &[Knock] = &[
    knock("Query.availabilityOverrides", For::Entitled, "res",
        "query($id: ID!) { availabilityOverrides(resourceId: $id, startsOn: \"2026-03-01\", endsOn: \"2026-12-31\") { id appliesOn } }"),
    knock("Query.availabilityRules", PUBLIC, "res",
        "query($id: ID!) { availabilityRules(resourceId: $id) { id rrule } }"),
    knock("Query.booking", For::Own, "bkg",
        "query($id: ID!) { booking(id: $id) { id status attendees { name } hosts { resourceId } } }"),
    knock("Query.bookingByToken", PROVED, "",
        "{ bookingByToken(token: \"a guess\") { booking { id } } }"),
    knock("Query.bookings", For::Own, "",
        "{ bookings { nodes { id attendees { name } } totalCount } }"),
    knock("Query.nearestSlots", PUBLIC, "svc",
        "query($id: ID!) { nearestSlots(serviceId: $id, startsAt: \"2026-03-03T10:00:00Z\", timeZone: \"UTC\") { startsAt hosts { name } } }"),
    knock("Query.nextAvailable", PUBLIC, "svc",
        "query($id: ID!) { nextAvailable(serviceId: $id, timeZone: \"UTC\") { startsAt hosts { name } } }"),
    knock("Query.outOfOffice", For::Entitled, "res",
        "query($id: ID!) { outOfOffice(resourceId: $id, from: \"2026-01-01T00:00:00Z\", to: \"2026-12-31T00:00:00Z\") { nodes { id } totalCount } }"),
    knock("Query.resource", PUBLIC, "",
        "{ resource(slug: \"bia\") { id name } }"),
    knock("Query.resources", PUBLIC, "",
        "{ resources { nodes { id name } totalCount } }"),
    knock("Query.service", PUBLIC, "",
        "{ service(slug: \"lesson\") { id title } }"),
    knock("Query.services", PUBLIC, "",
        "{ services { nodes { id title } totalCount } }"),
    knock("Query.slotCounts", PUBLIC, "svc",
        "query($id: ID!) { slotCounts(serviceId: $id, from: \"2026-03-03T00:00:00Z\", to: \"2026-03-05T00:00:00Z\", timeZone: \"UTC\") { fallsOn count } }"),
    knock("Query.slotExplain", PUBLIC, "svc",
        "query($id: ID!) { slotExplain(serviceId: $id, startsAt: \"2026-03-03T10:00:00Z\") { isOffered reasons { code } answers { resourceId } } }"),
    knock("Query.slotStates", For::Entitled, "svc",
        "query($id: ID!) { slotStates(serviceId: $id, from: \"2026-03-03T00:00:00Z\", to: \"2026-03-05T00:00:00Z\") { states { startsAt status } } }"),
    knock("Query.slots", PUBLIC, "svc",
        "query($id: ID!) { slots(serviceId: $id, from: \"2026-03-03T00:00:00Z\", to: \"2026-03-05T00:00:00Z\", timeZone: \"UTC\", first: 5) { days { slots { startsAt hosts { name } } } } }"),
    knock("Mutation.attendeeCancel", For::Own, "att",
        "mutation($id: ID!) { attendeeCancel(input: { attendeeId: $id }) { booking { id } userErrors { code message field } } }"),
    knock("Mutation.availabilityOverrideCreate", For::Entitled, "res",
        "mutation($id: ID!) { availabilityOverrideCreate(input: { resourceId: $id, appliesOn: \"2026-05-01\", kind: BLOCK }) { availabilityOverride { id } userErrors { code message field } } }"),
    knock("Mutation.availabilityOverrideDelete", For::Entitled, "ovr",
        "mutation($id: ID!) { availabilityOverrideDelete(input: { overrideId: $id }) { deletedOverrideId userErrors { code message field } } }"),
    knock("Mutation.availabilityRuleCreate", For::Entitled, "res",
        "mutation($id: ID!) { availabilityRuleCreate(input: { resourceId: $id, rrule: \"FREQ=DAILY\", startsOn: \"2026-03-02\", startTime: \"09:00\", endTime: \"17:00\" }) { availabilityRule { id } userErrors { code message field } } }"),
    knock("Mutation.availabilityRuleDelete", For::Entitled, "rul",
        "mutation($id: ID!) { availabilityRuleDelete(input: { ruleId: $id }) { deletedRuleId userErrors { code message field } } }"),
    knock("Mutation.bookingCancel", For::Own, "bkg",
        "mutation($id: ID!) { bookingCancel(input: { bookingId: $id }) { booking { id } userErrors { code message field } } }"),
    knock("Mutation.bookingComplete", For::Own, "bkg",
        "mutation($id: ID!) { bookingComplete(input: { bookingId: $id }) { booking { id } userErrors { code message field } } }"),
    knock("Mutation.bookingConfirm", For::Own, "bkg",
        "mutation($id: ID!) { bookingConfirm(input: { bookingId: $id }) { booking { id } userErrors { code message field } } }"),
    knock("Mutation.bookingCreate", PUBLIC, "svc",
        "mutation($id: ID!) { bookingCreate(input: { serviceId: $id, startsAt: \"2026-03-03T15:00:00Z\", attendee: { name: \"N\", email: \"n@example.com\" }, validateOnly: true }) { booking { id } userErrors { code message field } } }"),
    knock("Mutation.bookingMove", For::Own, "bkg",
        "mutation($id: ID!) { bookingMove(input: { bookingId: $id, startsAt: \"2026-03-03T16:00:00Z\" }) { booking { id } userErrors { code message field } } }"),
    knock("Mutation.bookingNoShow", For::Own, "bkg",
        "mutation($id: ID!) { bookingNoShow(input: { bookingId: $id }) { booking { id } userErrors { code message field } } }"),
    knock("Mutation.bookingReassign", For::Entitled, "bkg",
        "mutation($id: ID!) { bookingReassign(input: { bookingId: $id, toHostId: \"res_01kjpzzzzzzzzzzzzzzzzzzzzz\" }) { booking { id } userErrors { code message field } } }"),
    knock("Mutation.bookingReject", For::Own, "bkg",
        "mutation($id: ID!) { bookingReject(input: { bookingId: $id }) { booking { id } userErrors { code message field } } }"),
    knock("Mutation.holdCreate", PUBLIC, "svc",
        "mutation($id: ID!) { holdCreate(input: { serviceId: $id, startsAt: \"2026-03-03T15:00:00Z\", validateOnly: true }) { token userErrors { code message field } } }"),
    knock("Mutation.holdRelease", PROVED, "",
        "mutation { holdRelease(input: { hold: \"a guess\" }) { isReleased userErrors { code message field } } }"),
    knock("Mutation.outOfOfficeCreate", For::Entitled, "res",
        "mutation($id: ID!) { outOfOfficeCreate(input: { resourceId: $id, startsAt: \"2026-05-01T00:00:00Z\", endsAt: \"2026-05-02T00:00:00Z\" }) { outOfOffice { id } userErrors { code message field } } }"),
    knock("Mutation.outOfOfficeDelete", For::Entitled, "abs",
        "mutation($id: ID!) { outOfOfficeDelete(input: { outOfOfficeId: $id }) { deletedOutOfOfficeId userErrors { code message field } } }"),
    knock("Mutation.resourceArchive", For::Entitled, "res",
        "mutation($id: ID!) { resourceArchive(input: { resourceId: $id }) { resource { id } userErrors { code message field } } }"),
    knock("Mutation.resourceCreate", For::Entitled, "",
        "mutation { resourceCreate(input: { kind: ROOM, name: \"R\", slug: \"room\", timeZone: \"UTC\", validateOnly: true }) { resource { id } userErrors { code message field } } }"),
    knock("Mutation.resourceRestore", For::Entitled, "res",
        "mutation($id: ID!) { resourceRestore(input: { resourceId: $id }) { resource { id } userErrors { code message field } } }"),
    knock("Mutation.resourceUpdate", For::Entitled, "res",
        "mutation($id: ID!) { resourceUpdate(input: { resourceId: $id, name: \"mine\" }) { resource { id } userErrors { code message field } } }"),
    knock("Mutation.serviceArchive", For::Entitled, "svc",
        "mutation($id: ID!) { serviceArchive(input: { serviceId: $id }) { service { id } userErrors { code message field } } }"),
    knock("Mutation.serviceCreate", For::Entitled, "",
        "mutation { serviceCreate(input: { slug: \"spa\", title: \"Spa\", duration: \"PT1H\", price: { amountMinor: \"1\", currency: \"EUR\" }, validateOnly: true }) { service { id } userErrors { code message field } } }"),
    knock("Mutation.serviceHostsSet", For::Entitled, "svc",
        "mutation($id: ID!) { serviceHostsSet(input: { serviceId: $id, hosts: [] }) { service { id } userErrors { code message field } } }"),
    knock("Mutation.serviceRestore", For::Entitled, "svc",
        "mutation($id: ID!) { serviceRestore(input: { serviceId: $id }) { service { id } userErrors { code message field } } }"),
    knock("Mutation.serviceUpdate", For::Entitled, "svc",
        "mutation($id: ID!) { serviceUpdate(input: { serviceId: $id, title: \"mine\" }) { service { id } userErrors { code message field } } }"),
];
