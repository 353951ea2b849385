"""Common words that are easily confused with typos of others, and classes of words such as weekdays. Data."""

_CLASSES = """
monday tuesday wednesday thursday friday saturday sunday weekday weekend
january february march april june july august september october november december
lunes martes miercoles jueves viernes sabado domingo
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
lundi mardi mercredi jeudi vendredi samedi dimanche
janvier fevrier mars avril juin juillet aout septembre octobre novembre decembre
segunda terca quarta quinta sexta
janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro
black white brown green yellow orange purple pink blue grey red silver golden
austria australia niger nigeria gambia zambia iran iraq ireland iceland slovakia slovenia mali malawi georgia germany
guinea guyana dominica mauritius mauritania india indonesia china chile chad cuba jordan jersey kenya korea ghana
sweden switzerland swaziland paraguay uruguay poland portugal finland holland england scotland france spain italy
canada mexico japan brazil egypt lagos abuja ibadan kano accra nairobi london lisbon paris madrid milan berlin boston
credit debit prepaid gift virtual physical
import export
internal external
income outcome
incoming outgoing inbound outbound
maternity paternity
increase decrease
domestic international
female male woman man women men
private public personal personnel business
single double triple
first second third fourth fifth sixth
nut nuts peanut peanuts milk egg eggs soy gluten wheat lactose dairy shellfish sesame
breakfast lunch dinner
child children kid kids baby babies adult adults senior seniors student students pregnant diabetic
dog dogs cat cats
cotton silk wool linen leather
cash card cheque transfer crypto bitcoin
phone laptop tablet television
new used refurbished
"""
"""A class of words per line: an answer about one is wrong for the others."""

_NEAR = """
able ache after again alone angle animal apple army back bait baker ball band bank base bath bean bear beard beat bed
beer bell belt bend bill bind bird bite blank blast blind block blood board boat bold bolt bone book boot border boss
bottle bottom bowl brain brake branch brand brass brave bread break breast brick bride bridge brief bright bring broad
brush bulb burn bus bush button cable cake calf call calm camel camp candle candy cannon canoe card care career carrot
carry case cash castle catch cause cave cell chain chair chalk change chapel chart chase cheap cheat check cheek cheer
cheese cherry chess chest chew chicken child chin choice chop church circle city claim clap class clay clean clear
clerk click cliff climb clock close cloth clothes cloud clown coach coal coast coat code coffee coin cold collar
collect college comb come cook cool copper copy coral cord corn corner cost couch cough count country couple course
court cover cow crack cradle cream crew crime crop cross crowd crown cruel cry cup curl curtain curve cut dance dare
dark date daughter dead deal dear death debt deep deer delay dentist desert dessert desk diet dine dinner dirt dish
dive doctor dog doll donkey door dose dot doubt draft drag drain draw drawer dream dress drill drink drive drop drum
dry duck dust duty ear earn earth east easy eat edge egg elbow empty engine enjoy enter evening exam face fact fail
faint fair faith fake fall false fame family farm fashion father fault favor fear feast feather feed feel fence fever
field fight figure file fill film find fine finger fire firm fish fist flag flame flash flat flavor flesh flight float
flood floor flour flow flower fly fold follow food foot force forest forget fork form fort forward found fountain frame
free fresh friend frog front frost fruit fuel full fun funny fur game garage garden gate gift girl glad glass glove
glue goal goat gold good grain grape grass grave gray great grill grind grip ground group grow guard guess guest guide
guitar gun hair half hall hammer hand handle hang happy harbor hard harm hat head heal health hear heart heat heavy
heel hell helmet help herb hide hill hire hobby hold hole holiday home honey hook hope horn horse hose hospital host
hotel hour house human hunt hurry hurt husband ice idea inch ink inn insect iron island jacket jam jar jeans jewel job
join joke judge juice jump key kick kid kill kind king kiss kitchen kite knee knife knock lab lace ladder lady lake
lamb lamp land lane laptop large last late laugh laundry law lawn lead leaf leak lean learn leash leather leave leg
lemon lend lesson letter level lick lid life lift light limb line lion lip list live liver living load loan lobby lock
log look loose lose loss lost love low luck lunch lung machine mail main make mall manage map marble mark market
married mask mass master mat match meal mean meat medal meet melt member mend mention menu metal meter middle mild
milk mill mind mine minor mint minute mirror miss mix model money monkey month moon morning mother motor mount mountain
mouse mouth move movie mud muscle music nail name narrow nation nature neck need needle nerve nest net news night noise
north nose note nurse nut oak oil old onion open oven owner pack page pain paint pair palm pan panel pants paper parade
parent park part party pass past paste patch path patient pause peace peach peak pear pearl pen pencil people pepper
person pet phone photo piano pick picnic piece pig pile pill pillow pilot pin pine pipe pizza place plain plan plane
plant plate play plenty plot plug plus pocket poem point poison pole police pool poor pork port post pot potato pound
powder power prayer present press pretty price pride prince print prison prize proof proud puppy pure purse push quality
queen quick quiet quilt rabbit race radio rain raise range rare rash rat raw ray razor reach read ready real rear rent
repair repeat rest rice rich ride right ring rise risk river road roast robot rock role roll roof room root rope rose
rough round route row rubber rude rule run rush sad safe sail salad sale salt sand sauce save saw scale scar scarf
scene school score screen screw sea seal season seat seed seek sell send sense serve sew shade shake shame shape share
shark sharp shave sheep sheet shelf shell shine ship shirt shock shoe shoot shop shore short shot shoulder shout show
shower shut sick side sight sign silk sing sink sister site skate skill skin skirt skull sky sleep sleeve slice slide
slip slope slow small smart smell smile smoke smooth snack snail snake snow soap sock soda sofa soft soil soldier sole
son song soon sore sort soul sound soup sour south space spare speak speech speed spell spend spice spider spill spin
spoon sport spot spray spread spring square stable staff stage stain stair stamp stand star start state station stay
steak steal steam steel steep step stick still sting stock stomach stone stool store storm story stove straight strange
strap stream street stress stretch string strip strong student study stuff style sugar suit sun swan swap sweat sweet
swim swing sword table tail tailor take tale talk tall tank tape target task taste tax taxi tea teach team tear teeth
tell tent term test text thank thick thief thin thing think thirst thread throat throne throw thumb ticket tide tie
tiger tight tile till time tin tip tire tired title toast toe toilet tomato tone tongue tool tooth top torch touch
tough tour towel tower town toy track trade trail train trap trash travel tray treat tree trial trick trip truck true
trunk trust truth tube tune turkey turn twin uncle unit valley van vase vein vest vet video view village violin visa
visit voice vote wage wait wake walk wall want war warm wash waste watch water wave wax weak wear weather wedding week
weigh weight well west wet whale wheat wheel whip whisper wide wife wild wild will win wind window wine wing winter
wipe wire wise wish witch wolf wood wool word work world worm worry wound wrap wrist write wrong yard year young zone
"""

EASILY_CONFUSED: frozenset[str] = frozenset(_NEAR.split())
COMMON_WORDS: frozenset[str] = EASILY_CONFUSED | frozenset(_CLASSES.split())
WORD_CLASSES: tuple[frozenset[str], ...] = tuple(frozenset(line.split()) for line in _CLASSES.strip().split("\n"))
