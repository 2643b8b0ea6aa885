package rehearsal

import (
	"encoding/xml"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// The XML that build servers read: a suite for each file, a case for each
// scenario. What could not be played is an error, what does not hold a failure.
type (
	suitesXML struct {
		XMLName  xml.Name   `xml:"testsuites"`
		Name     string     `xml:"name,attr"`
		Tests    int        `xml:"tests,attr"`
		Failures int        `xml:"failures,attr"`
		Errors   int        `xml:"errors,attr"`
		Suites   []suiteXML `xml:"testsuite"`
	}
	suiteXML struct {
		Name     string    `xml:"name,attr"`
		Tests    int       `xml:"tests,attr"`
		Failures int       `xml:"failures,attr"`
		Errors   int       `xml:"errors,attr"`
		Cases    []caseXML `xml:"testcase"`
	}
	caseXML struct {
		Name    string      `xml:"name,attr"`
		Class   string      `xml:"classname,attr"`
		File    string      `xml:"file,attr,omitempty"`
		Line    int         `xml:"line,attr,omitempty"`
		Failure *messageXML `xml:"failure"`
		Error   *messageXML `xml:"error"`
	}
	messageXML struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// JUnit prints a report in the XML of JUnit.
func (r *Report) JUnit(w io.Writer) error {
	all := suitesXML{Name: "beckon"}
	for i := range r.Results {
		res := &r.Results[i]
		if n := len(all.Suites); n == 0 || all.Suites[n-1].Name != res.Path {
			all.Suites = append(all.Suites, suiteXML{Name: res.Path})
		}
		s := &all.Suites[len(all.Suites)-1]
		s.add(res.caseXML(r))
	}
	if broken := r.unplaced(); broken != nil {
		s := suiteXML{Name: "mistakes"}
		s.add(*broken)
		all.Suites = append(all.Suites, s)
	}
	for _, s := range all.Suites {
		all.Tests, all.Failures, all.Errors = all.Tests+s.Tests, all.Failures+s.Failures, all.Errors+s.Errors
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return fmt.Errorf("print report: %w", err)
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(all); err != nil {
		return fmt.Errorf("print report: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (s *suiteXML) add(c caseXML) {
	s.Tests++
	if c.Failure != nil {
		s.Failures++
	}
	if c.Error != nil {
		s.Errors++
	}
	s.Cases = append(s.Cases, c)
}

func (r *Result) caseXML(in *Report) caseXML {
	class := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(r.Path), filepath.Ext(r.Path)), "_test")
	c := caseXML{Name: r.Name, Class: class, File: r.Path, Line: r.Line}
	if r.Broken {
		var b strings.Builder
		_ = in.Mistakes.Print(&b) // a builder takes everything
		c.Error = &messageXML{Message: "not played: there are mistakes", Text: b.String()}
		return c
	}
	if len(r.Failures) > 0 {
		var b strings.Builder
		r.print(&b)
		c.Failure = &messageXML{Message: r.Failures[0].Message, Text: b.String()}
	}
	return c
}

// unplaced is a case for mistakes that kept no scenario from being played, such
// as in a trigger that none uses; nil if there are none.
func (r *Report) unplaced() *caseXML {
	if !r.Mistakes.Failed() {
		return nil
	}
	for i := range r.Results {
		if r.Results[i].Broken {
			return nil
		}
	}
	var b strings.Builder
	_ = r.Mistakes.Print(&b) // a builder takes everything
	return &caseXML{Name: "mistakes", Class: "mistakes", Error: &messageXML{Message: r.Mistakes.Summary(), Text: b.String()}}
}
