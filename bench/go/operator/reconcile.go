package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync/atomic"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	apps "k8s.io/client-go/applyconfigurations/apps/v1"
	core "k8s.io/client-go/applyconfigurations/core/v1"
	meta "k8s.io/client-go/applyconfigurations/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const manager = client.FieldOwner("widget-operator")

// Reconciler makes a ConfigMap, a Service and a Deployment of every widget, and reports that it did.
// The TypeScript operator (bench/src/operator/widget-reconcile.ts) is the same, line by line.
type Reconciler struct {
	client.Client
	done   atomic.Int64
	failed atomic.Int64
}

// Reconcile applies the three children and the status: four requests, always.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var widget Widget
	if err := r.Get(ctx, request.NamespacedName, &widget); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if err := r.apply(ctx, &widget); err != nil {
		r.failed.Add(1)
		return ctrl.Result{}, err
	}
	r.done.Add(1)
	return ctrl.Result{}, nil
}

func (r *Reconciler) apply(ctx context.Context, widget *Widget) error {
	hash := contentHash(widget.Spec)
	if err := r.Apply(ctx, configMap(widget), client.ForceOwnership, manager); err != nil {
		return err
	}
	if err := r.Apply(ctx, service(widget), client.ForceOwnership, manager); err != nil {
		return err
	}
	if err := r.Apply(ctx, deployment(widget, hash), client.ForceOwnership, manager); err != nil {
		return err
	}
	return r.Status().Apply(ctx, status(widget, hash), client.ForceOwnership, manager)
}

func contentHash(spec WidgetSpec) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%d\n%d", spec.Message, spec.Replicas, spec.Port))
	return hex.EncodeToString(sum[:8])
}

func labels(widget *Widget) map[string]string {
	return map[string]string{"app.kubernetes.io/name": widget.Name, "app.kubernetes.io/managed-by": "widget-operator"}
}

func owner(widget *Widget) *meta.OwnerReferenceApplyConfiguration {
	return meta.OwnerReference().
		WithAPIVersion(widgetVersion.String()).WithKind("Widget").WithName(widget.Name).WithUID(widget.UID).
		WithController(true).WithBlockOwnerDeletion(true)
}

func configMap(widget *Widget) *core.ConfigMapApplyConfiguration {
	return core.ConfigMap(widget.Name, widget.Namespace).
		WithLabels(labels(widget)).
		WithOwnerReferences(owner(widget)).
		WithData(map[string]string{"message": widget.Spec.Message})
}

func service(widget *Widget) *core.ServiceApplyConfiguration {
	return core.Service(widget.Name, widget.Namespace).
		WithLabels(labels(widget)).
		WithOwnerReferences(owner(widget)).
		WithSpec(core.ServiceSpec().
			WithSelector(map[string]string{"app.kubernetes.io/name": widget.Name}).
			WithPorts(core.ServicePort().WithName("http").WithPort(widget.Spec.Port).WithTargetPort(intstr.FromString("http"))))
}

func deployment(widget *Widget, hash string) *apps.DeploymentApplyConfiguration {
	selector := map[string]string{"app.kubernetes.io/name": widget.Name}
	container := core.Container().
		WithName("web").
		WithImage("example.com/web:1").
		WithPorts(core.ContainerPort().WithName("http").WithContainerPort(widget.Spec.Port)).
		WithEnvFrom(core.EnvFromSource().WithConfigMapRef(core.ConfigMapEnvSource().WithName(widget.Name)))
	return apps.Deployment(widget.Name, widget.Namespace).
		WithLabels(labels(widget)).
		WithOwnerReferences(owner(widget)).
		WithSpec(apps.DeploymentSpec().
			WithReplicas(widget.Spec.Replicas).
			WithSelector(meta.LabelSelector().WithMatchLabels(selector)).
			WithTemplate(core.PodTemplateSpec().
				WithLabels(labels(widget)).
				WithAnnotations(map[string]string{"bench.tagservice.dev/hash": hash}).
				WithSpec(core.PodSpec().WithContainers(container))))
}

func status(widget *Widget, hash string) runtime.ApplyConfiguration {
	object := &unstructured.Unstructured{Object: map[string]any{
		"metadata": map[string]any{"name": widget.Name, "namespace": widget.Namespace},
		"status":   map[string]any{"observedGeneration": widget.Generation, "hash": hash},
	}}
	object.SetGroupVersionKind(widgetVersion.WithKind("Widget"))
	return client.ApplyConfigurationFromUnstructured(object)
}
