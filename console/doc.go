// Package console is the admin API of a process: is it alive and ready, what
// does it measure, and what is known, waiting and decided about one customer.
//
// It changes nothing but which triggers are in use: they can be loaded again,
// paused and resumed. It listens on the loopback interface unless told
// otherwise, has no login of its own, and so shows addresses only in part and
// no secret at all.
package console
