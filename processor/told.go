package processor

// told is what was logged last of something that is tried again and again: what stays
// as it is is logged once.
type told string

// news takes in what is wrong now, and tells whether it is to be logged.
func (t *told) news(err error) bool {
	was := *t
	*t = told(err.Error())
	return *t != was
}
