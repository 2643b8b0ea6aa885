package rule

// Coded is the first send of an enabled trigger whose messages carry codes of
// their own, nil if there is none: these need a secret.
func (s *Set) Coded() (*Trigger, *Op) {
	for _, t := range s.Startable() {
		if current := s.byName[t.Name]; current == nil || !current.Enabled {
			continue
		}
		for i := range t.Steps {
			if send := t.Steps[i].Send; send != nil && send.Offer != nil && send.Offer.Code {
				return t, &t.Steps[i]
			}
		}
	}
	return nil, nil
}
