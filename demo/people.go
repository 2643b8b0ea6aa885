package demo

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// person is one customer of the shop and what they tend to do.
type person struct {
	id       string
	email    string
	zone     string
	country  string
	birthday string
	since    time.Duration // before the demo's beginning

	orders  int
	basket  []line
	cart    int           // number of the current cart
	between time.Duration // mean time between visits
	buys    float64       // how likely a checkout ends in an order
	weekly  *product      // what they buy again and again; nil: nothing
}

type line struct {
	product  *product
	quantity int
}

type product struct {
	sku, category string
	cents         int
}

var catalogue = []product{
	{"tea-green", "tea", 890}, {"tea-oolong", "tea", 1450}, {"coffee-beans", "coffee", 1290}, {"coffee-filter", "coffee", 390},
	{"cat-food", "pets", 2190}, {"dog-leash", "pets", 1790}, {"lamp-desk", "home", 4900}, {"mug-blue", "home", 950},
	{"shirt-linen", "clothing", 5900}, {"shoes-trail", "clothing", 11900}, {"backpack", "outdoor", 8900}, {"tent", "outdoor", 24900},
}

var homes = []struct{ zone, country string }{
	{"Europe/Bucharest", "RO"}, {"Europe/Paris", "FR"}, {"Europe/Berlin", "DE"}, {"America/New_York", "US"}, {"Asia/Tokyo", "JP"},
}

var names = []string{
	"ana", "bogdan", "chloe", "dan", "emma", "florin", "grace", "hugo", "ioana", "jonas", "kenji", "lea", "mihai", "nora", "oskar",
	"paula", "radu", "sofia", "tom", "uma", "victor", "wanda", "xenia", "yuki", "zoe",
}

// newPeople makes n people; the same generator state, the same people.
func newPeople(rng *rand.Rand, n int) []*person {
	all := make([]*person, n)
	for i := range all {
		id := names[i%len(names)]
		if i >= len(names) {
			id = fmt.Sprintf("%s-%d", id, i/len(names)+1)
		}
		home := homes[rng.IntN(len(homes))]
		p := &person{
			id: id, email: id + "@example.org", zone: home.zone, country: home.country,
			birthday: fmt.Sprintf("%d-%02d-%02d", 1960+rng.IntN(45), 1+rng.IntN(12), 1+rng.IntN(28)),
			since:    time.Duration(40+rng.IntN(50)) * 24 * time.Hour,
			between:  time.Duration(20+rng.IntN(70)) * time.Hour,
			buys:     0.3 + 0.6*rng.Float64(),
		}
		if rng.IntN(3) == 0 {
			p.weekly = &catalogue[rng.IntN(5)]
		}
		if rng.IntN(6) == 0 {
			p.between *= 20 // has nearly left
		}
		all[i] = p
	}
	return all
}
