// A minimal operator on controller-runtime: the reference of the benchmark `operator`.
//
// It speaks with the benchmark in lines: commands on standard input (`resync`, `report`), JSON objects on standard output.
// It ends when its standard input does, so that it never outlives a benchmark that was killed.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/go-logr/logr"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/clientcmd"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/source"
)

// requestCounter counts what really goes over the wire, by HTTP method; a watch is one GET.
type requestCounter struct {
	mutex  sync.Mutex
	counts map[string]int64
}

type countingTransport struct {
	next    http.RoundTripper
	counter *requestCounter
}

func (t countingTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	t.counter.mutex.Lock()
	t.counter.counts[request.Method]++
	t.counter.mutex.Unlock()
	return t.next.RoundTrip(request)
}

func (c *requestCounter) snapshot() map[string]int64 {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	copied := make(map[string]int64, len(c.counts))
	for method, count := range c.counts {
		copied[method] = count
	}
	return copied
}

type operator struct {
	manager    ctrl.Manager
	reconciler *Reconciler
	requests   *requestCounter
	resync     chan event.GenericEvent
}

func main() {
	// controller-runtime puts a --kubeconfig of its own into the common set.
	flags := flag.NewFlagSet("widget-operator", flag.ExitOnError)
	kubeconfig := flags.String("kubeconfig", "", "path of a kubeconfig")
	namespace := flags.String("namespace", "", "the only namespace that is looked after")
	concurrency := flags.Int("concurrency", 8, "widgets reconciled at the same time")
	_ = flags.Parse(os.Args[1:])
	ctrl.SetLogger(logr.Discard())
	if err := run(*kubeconfig, *namespace, *concurrency); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(kubeconfig, namespace string, concurrency int) error {
	widgets, err := setUp(kubeconfig, namespace, concurrency)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		defer cancel()
		widgets.listen(ctx)
	}()
	go func() {
		if widgets.manager.GetCache().WaitForCacheSync(ctx) {
			say(map[string]any{"event": "ready"})
		}
	}()
	return widgets.manager.Start(ctx)
}

func setUp(kubeconfig, namespace string, concurrency int) (*operator, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	// No limit in the client, as on the other side: the API server's own fairness is the limit.
	config.QPS = -1
	requests := &requestCounter{counts: map[string]int64{}}
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return countingTransport{next, requests}
	})
	scheme := runtime.NewScheme()
	if err := clientgoscheme.AddToScheme(scheme); err != nil {
		return nil, err
	}
	if err := addWidget(scheme); err != nil {
		return nil, err
	}
	manager, err := ctrl.NewManager(config, ctrl.Options{
		Scheme:  scheme,
		Metrics: server.Options{BindAddress: "0"},
		Cache: cache.Options{
			DefaultNamespaces: map[string]cache.Config{namespace: {}},
			DefaultTransform:  cache.TransformStripManagedFields(),
		},
	})
	if err != nil {
		return nil, err
	}
	reconciler := &Reconciler{Client: manager.GetClient()}
	resync := make(chan event.GenericEvent, 1024)
	changed := builder.WithPredicates(predicate.ResourceVersionChangedPredicate{})
	err = ctrl.NewControllerManagedBy(manager).
		For(&Widget{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Owns(&corev1.ConfigMap{}, changed).
		Owns(&corev1.Service{}, changed).
		Owns(&appsv1.Deployment{}, changed).
		WatchesRawSource(source.Channel(resync, &handler.EnqueueRequestForObject{})).
		WithOptions(controller.Options{MaxConcurrentReconciles: concurrency}).
		Complete(reconciler)
	return &operator{manager: manager, reconciler: reconciler, requests: requests, resync: resync}, err
}

// listen answers commands until standard input ends.
func (o *operator) listen(ctx context.Context) {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		switch lines.Text() {
		case "resync":
			if err := o.resyncAll(ctx); err != nil {
				fmt.Fprintln(os.Stderr, err)
				return
			}
		case "report":
		default:
			fmt.Fprintf(os.Stderr, "unknown command %q\n", lines.Text())
			return
		}
		say(map[string]any{
			"event":      "report",
			"reconciles": o.reconciler.done.Load(),
			"failures":   o.reconciler.failed.Load(),
			"requests":   o.requests.snapshot(),
		})
	}
}

// resyncAll reconciles every widget once more and returns when that is done.
func (o *operator) resyncAll(ctx context.Context) error {
	var all WidgetList
	if err := o.manager.GetCache().List(ctx, &all); err != nil {
		return err
	}
	wanted := o.reconciler.done.Load() + int64(len(all.Items))
	for i := range all.Items {
		o.resync <- event.GenericEvent{Object: &all.Items[i]}
	}
	deadline := time.Now().Add(5 * time.Minute)
	for o.reconciler.done.Load() < wanted {
		if time.Now().After(deadline) {
			return fmt.Errorf("%d of %d reconciles after five minutes", o.reconciler.done.Load(), wanted)
		}
		time.Sleep(2 * time.Millisecond)
	}
	return nil
}

var output sync.Mutex

func say(line map[string]any) {
	output.Lock()
	defer output.Unlock()
	encoded, err := json.Marshal(line)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(encoded))
}
