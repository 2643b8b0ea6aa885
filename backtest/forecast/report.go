package forecast

import (
	"fmt"
	"io"
	"math"
	"time"
)

// result is how one formula's guesses turned out.
type result struct {
	name   string
	errors []float64 // days between guess and purchase, where both came
	met    int       // of them no more than near
}

// came judges a guess by the days it took; NaN is no guess.
func (r *result) came(guess, took float64) {
	if math.IsNaN(guess) {
		return
	}
	off := math.Abs(guess - took)
	r.errors = append(r.errors, off)
	if off <= near {
		r.met++
	}
}

// Score is how well one formula guessed.
type Score struct {
	Formula string
	// MedianError is in days, over the guesses after which the thing was bought.
	MedianError float64
	// Met is the share of all purchases guessed from after which the thing was
	// bought within three days of the guess.
	Met float64
}

// Scores are those of all formulas; asked is how many purchases were guessed
// from.
func (t *Trial) Scores() (all []Score, asked int) {
	for _, r := range t.results {
		all = append(all, Score{r.name, median(r.errors), float64(r.met) / float64(max(t.asked, 1))})
	}
	return all, t.asked
}

// Write prints the scores as a table.
func (t *Trial) Write(w io.Writer) error {
	scores, asked := t.Scores()
	_, err := fmt.Fprintf(w, "%d purchases from %s to %s, by customers who had bought the thing on three days or more\n\n%-28s %18s %16s\n",
		asked, dateOf(t.period.From), dateOf(t.period.To-1), "formula", "median error, days", "within 3 days")
	for _, s := range scores {
		if err == nil {
			_, err = fmt.Fprintf(w, "%-28s %18.1f %15.1f%%\n", s.Formula, s.MedianError, 100*s.Met)
		}
	}
	if err != nil {
		return fmt.Errorf("write forecast: %w", err)
	}
	return nil
}

func dateOf(d int32) string { return time.Unix(int64(d)*86400, 0).UTC().Format(time.DateOnly) }
