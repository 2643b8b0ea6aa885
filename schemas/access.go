package schemas

// fieldByName is the field of that name, numFields if the schema has none. A
// switch, as a map costs three times as much here.
func fieldByName(name []byte) FieldID {
	switch string(name) {
	case "sku":
		return fSKU
	case "category":
		return fCategory
	case "price":
		return fPrice
	case "currency":
		return fCurrency
	case "session_id":
		return fSessionID
	case "cart_id":
		return fCartID
	case "total":
		return fTotal
	case "items":
		return fItems
	case "order_id":
		return fOrderID
	case "promised_at":
		return fPromisedAt
	case "codes":
		return fCodes
	case "shipment_id":
		return fShipmentID
	case "carrier":
		return fCarrier
	case "tracking_code":
		return fTrackingCode
	case "tracking_url":
		return fTrackingURL
	case "email":
		return fEmail
	case "phone":
		return fPhone
	case "timezone":
		return fTimezone
	case "country":
		return fCountry
	case "locale":
		return fLocale
	case "birthday":
		return fBirthday
	case "referred_by":
		return fReferredBy
	case "attributes":
		return fAttributes
	case "channel":
		return fChannel
	case "purpose":
		return fPurpose
	case "granted":
		return fGranted
	case "anonymous_id":
		return fAnonymousID
	case "points":
		return fPoints
	case "tier":
		return fTier
	case "expires_at":
		return fExpiresAt
	case "kind":
		return fKind
	case "score":
		return fScore
	case "command_id":
		return fCommandID
	case "stock":
		return fStock
	case "replenish_days":
		return fReplenishDays
	case "low_margin":
		return fLowMargin
	case "code":
		return fCode
	case "customer":
		return fCustomer
	case "offer":
		return fOffer
	case "trigger":
		return fTrigger
	case "quantity":
		return fQuantity
	}
	return numFields
}

// text is where a String field lives; nil for other fields.
func (f *Fields) text(id FieldID) *string {
	switch id {
	case fSKU:
		return &f.SKU
	case fCategory:
		return &f.Category
	case fCurrency:
		return &f.Currency
	case fSessionID:
		return &f.SessionID
	case fCartID:
		return &f.CartID
	case fOrderID:
		return &f.OrderID
	case fShipmentID:
		return &f.ShipmentID
	case fCarrier:
		return &f.Carrier
	case fTrackingCode:
		return &f.TrackingCode
	case fTrackingURL:
		return &f.TrackingURL
	case fEmail:
		return &f.Email
	case fPhone:
		return &f.Phone
	case fTimezone:
		return &f.Timezone
	case fCountry:
		return &f.Country
	case fLocale:
		return &f.Locale
	case fBirthday:
		return &f.Birthday
	case fReferredBy:
		return &f.ReferredBy
	case fChannel:
		return &f.Channel
	case fPurpose:
		return &f.Purpose
	case fAnonymousID:
		return &f.AnonymousID
	case fTier:
		return &f.Tier
	case fKind:
		return &f.FeedbackKind
	case fCommandID:
		return &f.CommandID
	case fCode:
		return &f.Code
	case fCustomer:
		return &f.Customer
	case fTrigger:
		return &f.Trigger
	}
	return nil
}

// amount is where an AmountType or Number field lives.
func (f *Fields) amount(id FieldID) *Amount {
	switch id {
	case fPrice:
		return &f.Price
	case fTotal:
		return &f.Total
	case fScore:
		return &f.Score
	case fReplenishDays:
		return &f.ReplenishDays
	}
	return nil
}

// int is where an Int field lives.
func (f *Fields) int(id FieldID) *int64 {
	switch id {
	case fPoints:
		return &f.Points
	case fStock:
		return &f.Stock
	}
	return nil
}

// flag is where a Bool field lives.
func (f *Fields) flag(id FieldID) *bool {
	switch id {
	case fGranted:
		return &f.Granted
	case fLowMargin:
		return &f.LowMargin
	}
	return nil
}

// time is where a Timestamp field lives.
func (f *Fields) time(id FieldID) *Time {
	switch id {
	case fPromisedAt:
		return &f.PromisedAt
	case fExpiresAt:
		return &f.ExpiresAt
	}
	return nil
}

// Text is the value of a String field, "" if it is absent or not a String.
func (f *Fields) Text(id FieldID) string {
	if p := f.text(id); p != nil {
		return *p
	}
	return ""
}

// Amount is the value of an AmountType or Number field, 0 if it is absent.
func (f *Fields) Amount(id FieldID) Amount {
	if p := f.amount(id); p != nil {
		return *p
	}
	return Amount{}
}

// Int is the value of an Int field, 0 if it is absent.
func (f *Fields) Int(id FieldID) int64 {
	if p := f.int(id); p != nil {
		return *p
	}
	return 0
}

// Flag is the value of a Bool field, false if it is absent.
func (f *Fields) Flag(id FieldID) bool {
	p := f.flag(id)
	return p != nil && *p
}

// Time is the value of a Timestamp field, 0 if it is absent.
func (f *Fields) Time(id FieldID) Time {
	if p := f.time(id); p != nil {
		return *p
	}
	return 0
}

// Value is the value of any field, as string, Amount, int64, bool, Time,
// []Item, []string or (an Object) []byte; nil if it is absent. The typed
// methods do not allocate.
func (f *Fields) Value(id FieldID) any {
	if !f.Present.Has(id) {
		return nil
	}
	switch fields[id].Type {
	case String:
		return f.Text(id)
	case AmountType, Number:
		return f.Amount(id)
	case Int:
		return f.Int(id)
	case Bool:
		return f.Flag(id)
	case Timestamp:
		return f.Time(id)
	case ItemList:
		return f.Items
	case StringList:
		return f.Codes
	default:
		return *f.object(id)
	}
}

// object is where an Object field lives; nil for other fields.
func (f *Fields) object(id FieldID) *[]byte {
	switch id {
	case fAttributes:
		return &f.Attributes
	case fOffer:
		return &f.Offer
	}
	return nil
}

const itemFields = FieldSet(1<<fSKU | 1<<fQuantity | 1<<fPrice | 1<<fCategory)

// ItemFields lists the fields of an Item.
func ItemFields() []Field {
	return []Field{fields[fSKU], fields[fQuantity], fields[fPrice], fields[fCategory]}
}

// Value is the value of one of ItemFields, as string or Amount; nil for other
// fields.
func (it *Item) Value(id FieldID) any {
	switch id {
	case fSKU:
		return it.SKU
	case fQuantity:
		return it.Quantity
	case fPrice:
		return it.Price
	case fCategory:
		return it.Category
	}
	return nil
}
