package schemas

// The known event types. The numbers are for memory only and never stored.
const (
	KindUnknown Kind = iota
	ProductViewed
	CartUpdated
	CheckoutStarted
	OrderPlaced
	OrderCancelled
	OrderRefunded
	ShipmentDispatched
	ShipmentScanned
	ShipmentDelayed
	ShipmentDelivered
	ShipmentFailed
	CustomerRegistered
	CustomerUpdated
	CustomerConsented
	CustomerIdentified
	CustomerErased
	LoyaltyChanged
	FeedbackSubmitted
	MessageSent
	MessageDelivered
	MessageOpened
	MessageClicked
	MessageBounced
	MessageFailed
	MessageComplained
	MessageUnsubscribed
	ProductUpdated
	CouponIssued
	numKinds
)

// Identifiers of the fields, in the order of the table below.
const (
	fSKU FieldID = iota
	fCategory
	fPrice
	fCurrency
	fSessionID
	fCartID
	fTotal
	fItems
	fOrderID
	fPromisedAt
	fCodes
	fShipmentID
	fCarrier
	fTrackingCode
	fTrackingURL
	fEmail
	fPhone
	fTimezone
	fCountry
	fLocale
	fBirthday
	fReferredBy
	fAttributes
	fChannel
	fPurpose
	fGranted
	fAnonymousID
	fPoints
	fTier
	fExpiresAt
	fKind
	fScore
	fCommandID
	fStock
	fReplenishDays
	fLowMargin
	fCode
	fCustomer
	fOffer
	fTrigger
	fQuantity // of an Item only
	numFields
)

var fields = [numFields]Field{
	{fSKU, "sku", String},
	{fCategory, "category", String},
	{fPrice, "price", AmountType},
	{fCurrency, "currency", String},
	{fSessionID, "session_id", String},
	{fCartID, "cart_id", String},
	{fTotal, "total", AmountType},
	{fItems, "items", ItemList},
	{fOrderID, "order_id", String},
	{fPromisedAt, "promised_at", Timestamp},
	{fCodes, "codes", StringList},
	{fShipmentID, "shipment_id", String},
	{fCarrier, "carrier", String},
	{fTrackingCode, "tracking_code", String},
	{fTrackingURL, "tracking_url", String},
	{fEmail, "email", String},
	{fPhone, "phone", String},
	{fTimezone, "timezone", String},
	{fCountry, "country", String},
	{fLocale, "locale", String},
	{fBirthday, "birthday", String},
	{fReferredBy, "referred_by", String},
	{fAttributes, "attributes", Object},
	{fChannel, "channel", String},
	{fPurpose, "purpose", String},
	{fGranted, "granted", Bool},
	{fAnonymousID, "anonymous_id", String},
	{fPoints, "points", Int},
	{fTier, "tier", String},
	{fExpiresAt, "expires_at", Timestamp},
	{fKind, "kind", String},
	{fScore, "score", Number},
	{fCommandID, "command_id", String},
	{fStock, "stock", Int},
	{fReplenishDays, "replenish_days", Number},
	{fLowMargin, "low_margin", Bool},
	{fCode, "code", String},
	{fCustomer, "customer", String},
	{fOffer, "offer", Object},
	{fTrigger, "trigger", String},
	{fQuantity, "quantity", Number},
}

type kind struct {
	name   string
	fields []FieldID
}

var (
	cartFields     = []FieldID{fCartID, fCurrency, fTotal, fItems}
	shipmentFields = []FieldID{fShipmentID, fOrderID, fCarrier, fTrackingCode, fTrackingURL, fPromisedAt}
	profileFields  = []FieldID{fEmail, fPhone, fTimezone, fCountry, fLocale, fBirthday, fReferredBy, fAttributes}
	messageFields  = []FieldID{fCommandID, fChannel}
)

var kinds = [numKinds]kind{
	KindUnknown:         {"", nil},
	ProductViewed:       {"product.viewed", []FieldID{fSKU, fCategory, fPrice, fCurrency, fSessionID}},
	CartUpdated:         {"cart.updated", cartFields},
	CheckoutStarted:     {"checkout.started", cartFields},
	OrderPlaced:         {"order.placed", []FieldID{fOrderID, fCartID, fCurrency, fTotal, fItems, fPromisedAt, fCodes}},
	OrderCancelled:      {"order.cancelled", []FieldID{fOrderID, fTotal}},
	OrderRefunded:       {"order.refunded", []FieldID{fOrderID, fTotal}},
	ShipmentDispatched:  {"shipment.dispatched", shipmentFields},
	ShipmentScanned:     {"shipment.scanned", shipmentFields},
	ShipmentDelayed:     {"shipment.delayed", shipmentFields},
	ShipmentDelivered:   {"shipment.delivered", shipmentFields},
	ShipmentFailed:      {"shipment.failed", shipmentFields},
	CustomerRegistered:  {"customer.registered", profileFields},
	CustomerUpdated:     {"customer.updated", profileFields},
	CustomerConsented:   {"customer.consented", []FieldID{fChannel, fPurpose, fGranted}},
	CustomerIdentified:  {"customer.identified", []FieldID{fAnonymousID}},
	CustomerErased:      {"customer.erased", nil},
	LoyaltyChanged:      {"loyalty.changed", []FieldID{fPoints, fTier, fExpiresAt}},
	FeedbackSubmitted:   {"feedback.submitted", []FieldID{fKind, fScore, fOrderID, fSKU}},
	MessageSent:         {"message.sent", messageFields},
	MessageDelivered:    {"message.delivered", messageFields},
	MessageOpened:       {"message.opened", messageFields},
	MessageClicked:      {"message.clicked", messageFields},
	MessageBounced:      {"message.bounced", messageFields},
	MessageFailed:       {"message.failed", messageFields},
	MessageComplained:   {"message.complained", messageFields},
	MessageUnsubscribed: {"message.unsubscribed", messageFields},
	ProductUpdated:      {"product.updated", []FieldID{fPrice, fCurrency, fStock, fCategory, fReplenishDays, fLowMargin}},
	CouponIssued:        {"coupon.issued", []FieldID{fCode, fCustomer, fOffer, fExpiresAt, fCommandID, fTrigger, fChannel}},
}

var kindByName = func() map[string]Kind {
	m := make(map[string]Kind, numKinds)
	for k := ProductViewed; k < numKinds; k++ {
		m[kinds[k].name] = k
	}
	return m
}()

// KindOf is the kind of an event type, KindUnknown if the schema has none.
func KindOf(eventType string) Kind { return kindByName[eventType] }

func (k Kind) String() string { return kinds[k].name }

// Kinds lists the known event types in the order of the contract, then
// coupon.issued, which beckon itself makes.
func Kinds() []Kind {
	all := make([]Kind, 0, numKinds-1)
	for k := ProductViewed; k < numKinds; k++ {
		all = append(all, k)
	}
	return all
}

// IsShipment tells whether k is one of the shipment.* types.
func (k Kind) IsShipment() bool { return k >= ShipmentDispatched && k <= ShipmentFailed }

// OfOrder tells whether k is what happens to an order that is known: where somebody
// tells of it who does not know the customer, the order does.
func (k Kind) OfOrder() bool { return k.IsShipment() || k == OrderCancelled || k == OrderRefunded }

// FieldsOf lists the data fields of a type, nil for KindUnknown.
func FieldsOf(k Kind) []Field {
	all := make([]Field, 0, len(kinds[k].fields))
	for _, id := range kinds[k].fields {
		all = append(all, fields[id])
	}
	return all
}
