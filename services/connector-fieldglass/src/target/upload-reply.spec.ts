import { parseReply } from './upload-reply.ts';

const soap = (content: string) => `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>${content}</s:Body></s:Envelope>`;

test('return code, explanation and transaction are found wherever they stand', () => {
  expect(parseReply(soap('<r xmlns="x"><a:status xmlns:a="y"><a:returnCode> 106 </a:returnCode></a:status><explanation>R&amp;D &lt;x&gt;</explanation><transactionId>T7</transactionId></r>'))).toEqual({
    returnCode: 106,
    explanation: 'R&D <x>',
    transactionId: 'T7',
  });
});

test('a fault tells its code without prefix and the explanation of its detail, in both SOAP versions', () => {
  const detail = '<i:InsiteFault xmlns:i="x"><explanation>unit closed</explanation><returnCode>255</returnCode></i:InsiteFault>';
  expect(parseReply(soap(`<s:Fault><faultcode>s:Server</faultcode><faultstring>boom</faultstring><detail>${detail}</detail></s:Fault>`))).toEqual({ fault: 'Server', explanation: 'unit closed', returnCode: 255 });
  const twelve = '<s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text xml:lang="en">bad unit</s:Text></s:Reason></s:Fault>';
  expect(parseReply(soap(twelve))).toEqual({ fault: 'Sender', explanation: 'bad unit' });
  expect(parseReply(soap('<s:Fault/>'))).toEqual({ fault: '', explanation: '' });
});

test.each(['', 'proxy error', '<html><body>Login</body></html>', '{"ok":true}', soap('plain text'), '<s:Envelope><s:Body>', `<!DOCTYPE x [<!ENTITY e "e">]>${soap('<returnCode>0</returnCode>')}`])('%s is no answer of the service', (text) => {
  expect(parseReply(text)).toBeUndefined();
});

test('an answer without a return code has none: it is not taken for a success', () => {
  expect(parseReply(soap('<ok>true</ok>'))).toEqual({ explanation: '' });
});
