package oracle

import (
	"time"

	"github.com/beckon-io/beckon/schemas"
)

// example is one case: what the engine is asked, and what the oracle answers.
type example struct {
	triggers []trigger
	policy   policy
	log      []moment
	end      schemas.Time // when everything that waits has come
}

// moment is one point of the log: time moves to at, then the events are read. In
// an outage nothing was read before at: the events happened on the way and are
// read in the order of their times, by a wall clock that shows at.
type moment struct {
	at     schemas.Time
	outage bool
	events []event
}

type event struct {
	id, source, kind, customer string
	time                       schemas.Time

	// Data, as the kind has it.
	cartID, orderID, total, sku   string
	items                         []item
	promised                      schemas.Time
	channel, purpose              string
	granted                       bool
	country, timezone, email, tel string
}

type item struct {
	sku      string
	quantity int
}

type trigger struct {
	name     string
	class    schemas.Class
	priority int
	tags     []string
	audience *condition
	holdout  int // percent
	disabled bool

	on     []string
	when   *condition
	key    string // "", cart_id, order_id or sku; of the item with each
	each   bool   // event.items
	repeat string // "", restart or ignore
	until  []ending
	goal   *goal

	reentry time.Duration // 0: none
	stale   time.Duration // 0: the default; < 0: off
	steps   []step
}

type ending struct {
	on   string
	when *condition
	key  bool // match: key
}

type goal struct {
	on     string
	within time.Duration
}

// step is one of the kinds; the fields of the others are empty.
type step struct {
	wait     time.Duration
	moment   *instant // wait_until: EXPR
	clock    string   // wait_until: {time, days}
	days     []time.Weekday
	require  *condition
	branch   *condition // if
	yes, no  []step
	split    string
	arms     []arm
	template string // send
	channels []string
	all      bool
	expires  time.Duration // 0: the default
	once     bool
	stop     bool
}

type arm struct {
	name   string
	weight int
	steps  []step
}

type policy struct {
	grace      time.Duration
	zone       string
	needs      []string          // channels that need an address
	consent    map[string]string // by channel
	asked      []schemas.Class   // classes that need consent; nil: marketing
	bounced    int               // 0: never
	complained int
	quiet      *quiet
	caps       []limit
	holdout    int // percent
}

type quiet struct {
	from, to string
	channels []string        // nil: all
	classes  []schemas.Class // nil: marketing
}

type limit struct {
	channels []string
	classes  []schemas.Class
	tags     []string
	max      int
	per      time.Duration
}
