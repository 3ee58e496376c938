#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""generate.py N OUT: N deterministic cloud resources, one JSON object a line, about 1.3 KB each."""
import json, random, sys
n, out = int(sys.argv[1]), sys.argv[2]
R = random.Random(20260101)
ch, rnd, ri = R.choice, R.random, R.randrange
hexs = '0123456789abcdef'
def hx(k): return ''.join(ch(hexs) for _ in range(k))
regions = ['cn-hangzhou','cn-shanghai','cn-beijing','cn-shenzhen','ap-southeast-1','eu-central-1','us-west-1']
types = ['ACS::ECS::Instance','ACS::RDS::DBInstance','ACS::OSS::Bucket','ACS::SLB::LoadBalancer','ACS::ACK::Cluster']
images = ['aliyun_3_%d_x64_20G_alibase.vhd','centos_7_%d_x64_20G_alibase.vhd','ubuntu_22_%d_x64_20G_alibase.vhd','win2022_%d_x64_dtc_zh-cn.vhd']
sgs = ['sg-bp1a%d' % i for i in range(16)]
cidrs = ['10.0.0.0/8','172.16.0.0/12','192.168.0.0/16','100.64.0.0/10','0.0.0.0/0']
with open(out, 'w', encoding='utf-8') as f:
    for i in range(n):
        env = ch(['prod','prod','staging','dev','test'])
        rid = ch(['i-bp','rm-bp','b-','lb-bp','c']) + hx(16)
        tags = {'env': env}
        if rnd() < .8: tags['owner'] = 'team-%02d' % ri(40)
        if rnd() < .7: tags['costcenter'] = ('CC-%04d' % ri(10000)) if rnd() < .9 else 'unknown'
        if rnd() < .05: del tags['env']
        disks = [{'DiskId':'d-bp'+hx(14),'Category':ch(['cloud_essd','cloud_ssd','cloud_efficiency']),'Size':ch([20,40,100,500]),
                  'Encrypted':rnd()<.4,'Device':'/dev/xvd'+'abc'[k]} for k in range(1+ri(3))]
        c = {'InstanceId':rid,'Status':ch(['Running','Running','Running','Stopped','Pending']),'InstanceType':'ecs.g%d.%sxlarge'%(5+ri(4),ch(['','2','4','8'])),
             'Cpu':ch([1,2,4,8,16,32]),'Memory':ch([512,1024,4096,16384,65536,131072]),'ImageId':ch(images)%ri(10),
             'InstanceChargeType':ch(['PostPaid','PrePaid']),'InternetMaxBandwidthOut':ch([0,0,1,5,10,100]),
             'SecurityGroupIds':R.sample(sgs,1+ri(4)),'IngressCidrs':R.sample(cidrs,1+ri(4)),
             'CreationTime':'2025-%02d-%02dT%02d:%02d:00Z'%(1+ri(12),1+ri(28),ri(24),ri(60)),
             'DeletionProtection':rnd()<.5,'Encrypted':rnd()<.5,
             'Backup':{'Enabled':rnd()<.8,'PreferredTime':'%02d:00Z-%02d:00Z'%(ri(12),12+ri(12))},
             'Network':{'Type':'vpc','Vpc':{'VpcId':('vpc-bp' if rnd()<.95 else 'classic-')+hx(14),'VSwitch':{'Id':'vsw-bp'+hx(14),'CidrBlock':ch(['10.%d.%d.0/24','172.16.%d.%d/28','192.168.%d.%d/30'])%(ri(256),ri(256))}},
                        'PrivateIp':'10.%d.%d.%d'%(ri(256),ri(256),ri(256))},
             'Disks':disks,'Description':'managed by terraform; owner \u5b89\u5168\u56e2\u961f; ticket OPS-%d "do not edit" \\ path'%ri(100000),
             'Metadata':{'HttpTokens':ch(['required','optional']),'HttpEndpoint':'enabled','HopLimit':1+ri(3)}}
        if rnd() < .35: c['KMSKeyId'] = hx(8)+'-'+hx(4)+'-'+hx(12)
        if rnd() < .4: c['PublicIpAddress'] = '47.%d.%d.%d'%(ri(256),ri(256),ri(256))
        if rnd() < .9: c['Backup']['RetentionDays'] = ch([1,3,7,14,30])
        r = {'accountId':str(100000000000+ri(50)),'regionId':ch(regions),'resourceType':ch(types),'resourceId':rid,
             'resourceName':(env if rnd()<.8 else 'app')+'-'+ch(['web','db','cache','batch'])+'-'+hx(6+ri(2)),
             'resourceGroupId':ch(['rg-prod','rg-core','rg-sandbox','rg-lab','rg-data','rg-net']),'tags':tags,
             'captureTime':1760000000000+ri(10**9),'configuration':c}
        f.write(json.dumps(r, ensure_ascii=False, separators=(',',':'))+'\n')
