/** What honest people ask for and must get. */
export interface Control {
  readonly url: string;
  /** The Host header that must arrive. */
  readonly host: string;
  readonly addresses?: readonly string[];
  readonly allowedNetworks?: readonly string[];
}

const inTheCluster = ['10.0.0.0/8', 'fd00::/8', '127.0.0.1/32'];

export const controls: readonly Control[] = [
  { url: 'http://example.org/', host: 'example.org' },
  { url: 'http://example.org', host: 'example.org' },
  { url: 'HTTP://EXAMPLE.ORG/', host: 'example.org' },
  { url: 'http://example.org:80/', host: 'example.org' },
  { url: 'http://example.org:/', host: 'example.org' },
  { url: 'http://example.org:443/', host: 'example.org:443' },
  { url: 'http://example.org./', host: 'example.org.' },
  { url: 'http://example.org/a/b;c=d?e=f&g=%20h#i', host: 'example.org' },
  { url: 'http://example.org/@user', host: 'example.org' },
  { url: 'http://example.org/?mail=a@b.org', host: 'example.org' },
  { url: 'http://example.org/100%', host: 'example.org' },
  { url: 'http://example.org/http://127.0.0.1/', host: 'example.org' },
  { url: 'http://example.org/?next=http://localhost/', host: 'example.org' },
  { url: 'http://example.org/../../etc/passwd', host: 'example.org' },
  { url: 'http://example.org//double//slashes', host: 'example.org' },
  { url: 'http://localhost.example.org/', host: 'localhost.example.org' },
  { url: 'http://127.0.0.1.example.org/', host: '127.0.0.1.example.org' },
  { url: 'http://internal.example.org/', host: 'internal.example.org' },
  { url: 'http://svc.example.org/', host: 'svc.example.org' },
  { url: 'http://metadatablog.org/', host: 'metadatablog.org' },
  { url: 'http://my_host.example.org/', host: 'my_host.example.org' },
  { url: 'http://a--b.example.org/', host: 'a--b.example.org' },
  { url: 'http://1password.com/', host: '1password.com' },
  { url: 'http://0x.example/', host: '0x.example' },
  { url: 'http://bücher.example/', host: 'xn--bcher-kva.example' },
  { url: 'http://BÜCHER.example/', host: 'xn--bcher-kva.example' },
  { url: 'http://xn--bcher-kva.example/', host: 'xn--bcher-kva.example' },
  { url: 'http://日本語.example/', host: 'xn--wgv71a119e.example' },
  { url: 'http://пример.испытание/', host: 'xn--e1afmkfd.xn--80akhbyknj4f' },
  { url: 'http://example.org/日本語', host: 'example.org' },
  { url: 'http://مثال.example/', host: 'xn--mgbh0fb.example' },
  { url: 'http://faß.example/', host: 'xn--fa-hia.example' },
  { url: 'http://ｅｘａｍｐｌｅ.org/', host: 'example.org' },
  { url: `http://${'a'.repeat(63)}.example.org/`, host: `${'a'.repeat(63)}.example.org` },
  { url: `http://example.org/${'a'.repeat(2_000)}`, host: 'example.org' },
  { url: 'http://1.1.1.1/', host: '1.1.1.1', addresses: ['1.1.1.1'] },
  { url: 'http://8.8.8.8:80/', host: '8.8.8.8', addresses: ['8.8.8.8'] },
  { url: 'http://172.32.0.1/', host: '172.32.0.1', addresses: ['172.32.0.1'] },
  { url: 'http://[2606:4700:4700::1111]/', host: '[2606:4700:4700::1111]', addresses: ['2606:4700:4700::1111'] },
  { url: 'http://[2001:4860:4860::8888]/', host: '[2001:4860:4860::8888]', addresses: ['2001:4860:4860::8888'] },
  { url: 'http://[2606:4700:0000::0001]/', host: '[2606:4700::1]', addresses: ['2606:4700::1'] },
  { url: 'http://[::ffff:8.8.8.8]/', host: '[::ffff:808:808]' },
  { url: 'http://[64:ff9b::8.8.8.8]/', host: '[64:ff9b::808:808]' },
  { url: 'http://six.example.org/', host: 'six.example.org', addresses: ['2a00:1450:4001::1'] },
  { url: 'http://both.example.org/', host: 'both.example.org', addresses: ['93.184.216.34', '2606:4700::1'] },
  { url: 'http://nat64.example.org/', host: 'nat64.example.org', addresses: ['64:ff9b::5db8:d822'] },
  {
    url: 'http://sample-site.tags:8080/',
    host: 'sample-site.tags:8080',
    addresses: ['10.0.3.4'],
    allowedNetworks: inTheCluster,
  },
  {
    url: 'http://sample-site.tags.svc.cluster.local:8080/',
    host: 'sample-site.tags.svc.cluster.local:8080',
    addresses: ['10.0.3.4'],
    allowedNetworks: inTheCluster,
  },
  { url: 'http://wiki/', host: 'wiki', addresses: ['10.9.9.9'], allowedNetworks: inTheCluster },
  { url: 'http://10.0.3.4:3000/', host: '10.0.3.4:3000', addresses: ['10.0.3.4'], allowedNetworks: inTheCluster },
  { url: 'http://[fd00::5]:3000/', host: '[fd00::5]:3000', addresses: ['fd00::5'], allowedNetworks: inTheCluster },
  { url: 'http://localhost:9999/', host: 'localhost:9999', addresses: ['127.0.0.1'], allowedNetworks: inTheCluster },
  { url: 'http://example.org/', host: 'example.org', allowedNetworks: inTheCluster },
];
