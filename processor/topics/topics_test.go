package topics

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func cluster(t *testing.T) (*kfake.Cluster, *kadm.Client) {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.SeedTopics(12, "orders"), kfake.SeedTopics(6, "browse"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	cl, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return c, kadm.NewClient(cl)
}

var shop = Config{
	App: "shop", Sources: []Source{{Topic: "orders"}, {Topic: "browse"}},
	Commands: "shop.commands", Transactional: "shop.commands", DeadLetters: "shop.dead-letters",
	Bootstrap: []string{"a:9092", "b:9092"},
}

func TestCreateThenCheck(t *testing.T) {
	_, adm := cluster(t)
	ctx := context.Background()
	before, err := Check(ctx, adm, shop)
	if err != nil {
		t.Fatal(err)
	}
	if before.OK() || len(before.Problems) != 5 || !strings.HasPrefix(before.Problems[0].Fix, "kafka-topics.sh --bootstrap-server a:9092,b:9092 --create --topic shop.mailbox --partitions 6 ") {
		t.Fatalf("before: %+v", before.Problems)
	}
	got, err := Create(ctx, adm, shop)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"shop.mailbox", "shop.changelog", "shop.triggers", "shop.commands", "shop.dead-letters"}
	if !slices.Equal(got.Created, want) || got.Choice.Tasks != 6 {
		t.Fatalf("created %v with %d tasks, want %v with 6", got.Created, got.Choice.Tasks, want)
	}
	again, err := Create(ctx, adm, shop)
	if !strings.HasPrefix(got.Choice.Why, "the greatest common divisor") {
		t.Errorf("the first start says: %s", got.Choice.Why)
	}
	if err != nil || len(again.Created) != 0 || again.Choice.Tasks != 6 || again.Choice.Why != "the partition count of shop.mailbox" {
		t.Fatalf("again: %+v, %v", again, err)
	}
	after, err := Check(ctx, adm, shop)
	if err != nil {
		t.Fatal(err)
	}
	if !after.OK() || len(after.Problems) != 0 {
		t.Fatalf("after: %+v", after.Problems)
	}
	if text, err := json.Marshal(after); err != nil || !strings.Contains(string(text), `"problems":[],`) || strings.Contains(string(text), "null") {
		t.Errorf("after, as JSON: %s, %v", text, err)
	}
	if !slices.Contains(after.Rights, "kafka-acls.sh --bootstrap-server a:9092,b:9092 --add --allow-principal User:beckon --transactional-id shop- --resource-pattern-type prefixed --operation Write --operation Describe") {
		t.Errorf("rights lack the transactional id: %q", after.Rights)
	}
}

func TestWrongSettingsAreFound(t *testing.T) {
	_, adm := cluster(t)
	ctx := context.Background()
	if _, err := Create(ctx, adm, shop); err != nil {
		t.Fatal(err)
	}
	set := func(topic, key, value string) {
		t.Helper()
		rs, err := adm.AlterTopicConfigs(ctx, []kadm.AlterConfig{{Op: kadm.SetConfig, Name: key, Value: &value}}, topic)
		if err != nil || rs[0].Err != nil {
			t.Fatal(err, rs)
		}
	}
	set("shop.changelog", "cleanup.policy", "delete")
	set("shop.mailbox", "retention.ms", "3600000")
	set("shop.commands", "min.insync.replicas", "1")
	set("shop.dead-letters", "cleanup.policy", "compact")
	set("shop.changelog", "delete.retention.ms", "999999999999")
	set("orders", "cleanup.policy", "compact")
	set("browse", "retention.ms", "60000")
	r, err := Check(ctx, adm, shop)
	if err != nil {
		t.Fatal(err)
	}
	type found struct {
		topic, setting string
		wrong          bool
	}
	got := map[found]bool{}
	for _, p := range r.Problems {
		key, _, _ := strings.Cut(p.Text, " ")
		got[found{p.Topic, key, p.Wrong}] = true
	}
	for _, want := range []found{{"shop.changelog", "cleanup.policy", true}, {"shop.mailbox", "retention.ms", true}, {"shop.commands", "min.insync.replicas", false},
		{"shop.dead-letters", "cleanup.policy", true}, {"orders", "cleanup.policy", false}, {"browse", "retention.ms", false}} {
		if !got[want] {
			t.Errorf("%v is not reported: %+v", want, r.Problems)
		}
	}
	if len(got) != 6 || r.OK() {
		t.Errorf("problems %+v, OK %v", r.Problems, r.OK())
	}
	if i := slices.IndexFunc(r.Problems, func(p Problem) bool { return p.Topic == "shop.changelog" }); r.Problems[i].Fix !=
		"kafka-configs.sh --bootstrap-server a:9092,b:9092 --alter --entity-type topics --entity-name shop.changelog --add-config cleanup.policy=compact" {
		t.Errorf("fix is %s", r.Problems[i].Fix)
	}
}

func TestRefusalNamesCommands(t *testing.T) {
	c, adm := cluster(t)
	c.ControlKey(int16(kmsg.CreateTopics), func(kreq kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		req := kreq.(*kmsg.CreateTopicsRequest)
		resp := req.ResponseKind().(*kmsg.CreateTopicsResponse)
		for _, rt := range req.Topics {
			st := kmsg.NewCreateTopicsResponseTopic()
			st.Topic, st.ErrorCode = rt.Topic, kerr.TopicAuthorizationFailed.Code
			resp.Topics = append(resp.Topics, st)
		}
		return resp, nil, true
	})
	_, err := Create(context.Background(), adm, shop)
	var refused *RefusedError
	if !errors.As(err, &refused) {
		t.Fatalf("got %v, want a RefusedError", err)
	}
	if len(refused.Commands) != 5 || !strings.Contains(refused.Commands[1], "--topic shop.changelog --partitions 6 --replication-factor 3 --config cleanup.policy=compact") {
		t.Errorf("commands\n%s", strings.Join(refused.Commands, "\n"))
	}
	if !errors.Is(err, kerr.TopicAuthorizationFailed) {
		t.Errorf("%v hides the broker's reason", err)
	}
}

func TestTasksAreFixedByMailbox(t *testing.T) {
	_, adm := cluster(t)
	ctx := context.Background()
	cfg := shop
	cfg.Tasks = 4
	got, err := Create(ctx, adm, cfg)
	if err != nil || got.Choice.Tasks != 4 || got.Choice.Why != "as configured" {
		t.Fatalf("%+v, %v", got, err)
	}
	cfg.Tasks = 6
	if _, err := Create(ctx, adm, cfg); err == nil || !strings.Contains(err.Error(), "set tasks: 4") {
		t.Fatalf("another number of tasks: %v", err)
	}
	r, err := Check(ctx, adm, cfg)
	if err != nil || r.OK() || !strings.Contains(r.Problems[0].Text, "set tasks: 4") {
		t.Fatalf("%+v, %v", r.Problems, err)
	}
}

func TestMissingSource(t *testing.T) {
	_, adm := cluster(t)
	ctx := context.Background()
	cfg := shop
	cfg.Sources = append(slices.Clone(cfg.Sources), Source{Topic: "parcels"})
	if _, err := Create(ctx, adm, cfg); err == nil || !strings.Contains(err.Error(), "topic parcels does not exist") {
		t.Fatalf("got %v", err)
	}
	r, err := Check(ctx, adm, cfg)
	if err != nil || len(r.Problems) != 1 || r.Problems[0].Topic != "parcels" {
		t.Fatalf("%+v, %v", r.Problems, err)
	}
}

func TestOlderBrokersAreNamed(t *testing.T) {
	c, adm := cluster(t)
	r, err := Check(context.Background(), adm, shop)
	if err != nil {
		t.Fatal(err)
	}
	if slices.Contains(r.Weaker, weakTransactions) {
		t.Fatalf("a broker with transaction.version 2 is called weak: %q", r.Weaker)
	}
	c.ControlKey(int16(kmsg.ApiVersions), func(kreq kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		resp := kreq.ResponseKind().(*kmsg.ApiVersionsResponse)
		for k := int16(0); k < 70; k++ {
			resp.ApiKeys = append(resp.ApiKeys, kmsg.ApiVersionsResponseApiKey{ApiKey: k, MaxVersion: 3})
		}
		return resp, nil, true
	})
	r, err = Check(context.Background(), adm, shop)
	if err != nil || !slices.Contains(r.Weaker, weakTransactions) {
		t.Fatalf("%q, %v", r.Weaker, err)
	}
}

// Who may not look at topics is told which, and what to ask for.
func TestDenialNamesRights(t *testing.T) {
	c, adm := cluster(t)
	c.ControlKey(int16(kmsg.Metadata), func(kreq kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		req := kreq.(*kmsg.MetadataRequest)
		if len(req.Topics) == 0 {
			return nil, nil, false
		}
		resp := req.ResponseKind().(*kmsg.MetadataResponse)
		for _, rt := range req.Topics {
			st := kmsg.NewMetadataResponseTopic()
			st.Topic = rt.Topic
			if *rt.Topic != "browse" {
				st.ErrorCode = kerr.TopicAuthorizationFailed.Code
			}
			resp.Topics = append(resp.Topics, st)
		}
		return resp, nil, true
	})
	cfg := shop
	cfg.Principal = "User:ana"
	_, err := Check(context.Background(), adm, cfg)
	var denied *DeniedError
	if !errors.As(err, &denied) {
		t.Fatalf("got %v, want a DeniedError", err)
	}
	if !slices.Equal(denied.Topics, []string{"orders", "shop.changelog", "shop.commands", "shop.dead-letters", "shop.mailbox", "shop.triggers"}) ||
		!strings.Contains(err.Error(), "--allow-principal User:ana --topic shop.commands --operation Write --operation Describe --operation DescribeConfigs") {
		t.Errorf("%v", err)
	}
}

// Settings that may not be read are told as such; the others are checked.
func TestSettingsThatMayNotBeRead(t *testing.T) {
	c, adm := cluster(t)
	ctx := context.Background()
	if _, err := Create(ctx, adm, shop); err != nil {
		t.Fatal(err)
	}
	c.ControlKey(int16(kmsg.DescribeConfigs), func(kreq kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		req := kreq.(*kmsg.DescribeConfigsRequest)
		if req.Resources[0].ResourceName != "shop.commands" {
			return nil, nil, false
		}
		resp := req.ResponseKind().(*kmsg.DescribeConfigsResponse)
		res := kmsg.NewDescribeConfigsResponseResource()
		res.ResourceName, res.ResourceType, res.ErrorCode = "shop.commands", req.Resources[0].ResourceType, kerr.TopicAuthorizationFailed.Code
		resp.Resources = append(resp.Resources, res)
		return resp, nil, true
	})
	r, err := Check(ctx, adm, shop)
	if err != nil || !r.OK() || len(r.Problems) != 1 || r.Problems[0].Topic != "shop.commands" {
		t.Fatalf("%+v, %v", r.Problems, err)
	}
}
