package state

// A page view is the most frequent event of all, and the list of a customer's
// views a long one: fifty of them, and a hundred counts. Written with each view it
// would be most of what is written. So a view goes to the looks at first, a short
// list, and these are taken in eight at a time. Whoever reads or edits the views
// does not notice.

// AddView takes one look at a product.
func (c *Customer) AddView(look View) {
	looks := edit[Looks](c, LooksSection)
	looks.Last = append(looks.Last, look)
	if len(looks.Last) >= MaxLooks {
		c.EditViews()
	}
}

// Views are all views, to read.
func (c *Customer) Views() *Views {
	views := get[Views](c, ViewsSection)
	looks := get[Looks](c, LooksSection).Last
	if len(looks) == 0 {
		return views
	}
	m := &c.home.merged
	m.Recent = append(m.Recent[:0], views.Recent...)
	m.Counts = append(m.Counts[:0], views.Counts...)
	m.Watched = views.Watched
	for i := range looks {
		m.Add(looks[i])
	}
	return m
}

// EditViews is all views, to change.
func (c *Customer) EditViews() *Views {
	views := edit[Views](c, ViewsSection)
	if len(get[Looks](c, LooksSection).Last) == 0 {
		return views
	}
	looks := edit[Looks](c, LooksSection)
	for i := range looks.Last {
		views.Add(looks.Last[i])
	}
	looks.Last = looks.Last[:0]
	return views
}
