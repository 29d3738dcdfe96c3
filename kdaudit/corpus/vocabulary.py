"""The vocabulary of the embedded corpus as tables; `lexicon` reads them. Opens no file.

In a table `_` stands for a space and `-` for nothing.
"""

# kind, English singular and plural, gender, German singular and plural, oblique of weak nouns
NOUNS = """
kin mother mothers f Mutter Mütter
kin father fathers m Vater Väter
kin brother brothers m Bruder Brüder
kin sister sisters f Schwester Schwestern
kin uncle uncles m Onkel Onkel
kin aunt aunts f Tante Tanten
kin grandmother grandmothers f Großmutter Großmütter
kin son sons m Sohn Söhne
kin daughter daughters f Tochter Töchter
person man men m Mann Männer
person woman women f Frau Frauen
person child children n Kind Kinder
person girl girls n Mädchen Mädchen
person boy boys m Junge Jungen Jungen
person teacher teachers m Lehrer Lehrer
person doctor doctors m Arzt Ärzte
person judge judges m Richter Richter
person gardener gardeners m Gärtner Gärtner
person neighbour neighbours m Nachbar Nachbarn Nachbarn
person student students m Student Studenten Studenten
person actress actresses f Schauspielerin Schauspielerinnen
person waitress waitresses f Kellnerin Kellnerinnen
person engineer engineers m Ingenieur Ingenieure
person guest guests m Gast Gäste
person colleague colleagues m Kollege Kollegen Kollegen
animal dog dogs m Hund Hunde
animal cat cats f Katze Katzen
animal horse horses n Pferd Pferde
animal bird birds m Vogel Vögel
animal cow cows f Kuh Kühe
animal goat goats f Ziege Ziegen
animal donkey donkeys m Esel Esel
device car cars n Auto Autos
device bicycle bicycles n Fahrrad Fahrräder
device clock clocks f Uhr Uhren
device lamp lamps f Lampe Lampen
device computer computers m Computer Computer
device camera cameras f Kamera Kameras
device radio radios n Radio Radios
furniture table tables m Tisch Tische
furniture chair chairs m Stuhl Stühle
furniture cupboard cupboards m Schrank Schränke
furniture shelf shelves n Regal Regale
furniture bed beds n Bett Betten
opening door doors f Tür Türen
opening window windows n Fenster Fenster
opening gate gates n Tor Tore
container suitcase suitcases m Koffer Koffer
container bag bags f Tasche Taschen
container box boxes f Kiste Kisten
container bottle bottles f Flasche Flaschen
clothing coat coats m Mantel Mäntel
clothing hat hats m Hut Hüte
clothing dress dresses n Kleid Kleider
clothing shirt shirts n Hemd Hemden
clothing jacket jackets f Jacke Jacken
thing key keys m Schlüssel Schlüssel
thing umbrella umbrellas m Regenschirm Regenschirme
thing guitar guitars f Gitarre Gitarren
thing picture pictures n Bild Bilder
thing knife knives n Messer Messer
thing cup cups f Tasse Tassen
thing plate plates m Teller Teller
thing candle candles f Kerze Kerzen
text book books n Buch Bücher
text letter letters m Brief Briefe
text poem poems n Gedicht Gedichte
text report reports m Bericht Berichte
text novel novels m Roman Romane
text contract contracts m Vertrag Verträge
food apple apples m Apfel Äpfel
food pear pears f Birne Birnen
food egg eggs n Ei Eier
food cake cakes m Kuchen Kuchen
food tomato tomatoes f Tomate Tomaten
food pizza pizzas f Pizza Pizzas
food soup soups f Suppe Suppen
place garden gardens m Garten Gärten
place museum museums n Museum Museen
place hotel hotels n Hotel Hotels
place school schools f Schule Schulen
place church churches f Kirche Kirchen
place library libraries f Bibliothek Bibliotheken
place hospital hospitals n Krankenhaus Krankenhäuser
place restaurant restaurants n Restaurant Restaurants
place theatre theatres n Theater Theater
place castle castles n Schloss Schlösser
place park parks m Park Parks
place factory factories f Fabrik Fabriken
room kitchen kitchens f Küche Küchen
room cellar cellars m Keller Keller
room bedroom bedrooms n Schlafzimmer Schlafzimmer
room garage garages f Garage Garagen
landmark bridge bridges f Brücke Brücken
landmark tower towers m Turm Türme
landmark station stations m Bahnhof Bahnhöfe
landmark lake lakes m See Seen
landmark market markets m Markt Märkte
"""

# Which adjectives fit which kind of noun: one letter per group, used in the next table.
GROUPS = {
    "kin": "",
    "person": "P",
    "animal": "A",
    "device": "TCE",
    "furniture": "TC",
    "opening": "OC",
    "container": "TC",
    "clothing": "TCK",
    "thing": "T",
    "text": "D",
    "food": "F",
    "place": "L",
    "room": "R",
    "landmark": "M",
}

# English, German, stem that takes the endings, comparatives, groups
ADJECTIVES = """
old alt alt older älter PATODLMR
young jung jung younger jünger PA
big groß groß bigger größer ATOFLMR
small klein klein smaller kleiner ATOFLMR
new neu neu newer neuer TODLR
beautiful schön schön more_beautiful schöner ATOLM
expensive teuer teur more_expensive teurer T
cheap billig billig cheaper billiger T
heavy schwer schwer heavier schwerer T
dirty schmutzig schmutzig dirtier schmutziger TOAR
clean sauber sauber cleaner sauberer KR
broken kaputt kaputt - - E
fresh frisch frisch fresher frischer F
cold kalt kalt colder kälter FR
delicious köstlich köstlich - - F
interesting interessant interessant more_interesting interessanter PDL
boring langweilig langweilig more_boring langweiliger DL
long lang lang longer länger D
short kurz kurz shorter kürzer D
important wichtig wichtig more_important wichtiger D
famous berühmt berühmt more_famous berühmter PLM
friendly freundlich freundlich friendlier freundlicher PA
nervous nervös nervös more_nervous nervöser PA
clever klug klug cleverer klüger PA
rich reich reich richer reicher P
tired müde müd - - PA
hungry hungrig hungrig hungrier hungriger PA
quiet ruhig ruhig quieter ruhiger PL
dark dunkel dunkl darker dunkler LR
red rot rot - - C
blue blau blau - - C
green grün grün - - C
white weiß weiß - - C
black schwarz schwarz - - C
yellow gelb gelb - - C
brown braun braun - - C
"""

# English base, third person, past; German infinitive, third person, participle; separable prefix,
# auxiliary; case of the object with its preposition; kinds of objects
TRADING = """
buy buys bought kaufen kauft gekauft - hat acc device,furniture,clothing,thing,container,animal,food
sell sells sold verkaufen verkauft verkauft - hat acc device,furniture,clothing,thing,animal,food
"""

VERBS = """
see sees saw sehen sieht gesehen - hat acc person,animal,device,place,landmark
find finds found finden findet gefunden - hat acc thing,text,container,animal
look_for looks_for looked_for suchen sucht gesucht - hat acc thing,text,container,person,animal
hide hides hid verstecken versteckt versteckt - hat acc thing,text,container
carry carries carried tragen trägt getragen - hat acc container,furniture,thing
repair repairs repaired reparieren repariert repariert - hat acc device,furniture,opening
paint paints painted streichen streicht gestrichen - hat acc furniture,opening
write writes wrote schreiben schreibt geschrieben - hat acc text
translate translates translated übersetzen übersetzt übersetzt - hat acc text
describe describes described beschreiben beschreibt beschrieben - hat acc person,place,thing,animal
eat eats ate essen isst gegessen - hat acc food
wash washes washed waschen wäscht gewaschen - hat acc clothing,animal
visit visits visited besuchen besucht besucht - hat acc kin,person,place
admire admires admired bewundern bewundert bewundert - hat acc kin,person,place,landmark
film films filmed filmen filmt gefilmt - hat acc animal,place,landmark,person
draw draws drew zeichnen zeichnet gezeichnet - hat acc animal,place,landmark,thing
open opens opened öffnen öffnet geöffnet - hat acc opening,container
close closes closed schließen schließt geschlossen - hat acc opening,container
feed feeds fed füttern füttert gefüttert - hat acc animal
greet greets greeted begrüßen begrüßt begrüßt - hat acc kin,person
invite invites invited laden lädt eingeladen ein hat acc kin,person
call calls called rufen ruft angerufen an hat acc kin,person
pick_up picks_up picked_up holen holt abgeholt ab hat acc kin,person
borrow borrows borrowed leihen leiht ausgeliehen aus hat acc thing,device,text,container
throw_away throws_away threw_away werfen wirft weggeworfen weg hat acc clothing,thing,text,container
bring_along brings_along brought_along bringen bringt mitgebracht mit hat acc food,text,thing
tidy_up tidies_up tidied_up räumen räumt aufgeräumt auf hat acc room
help helps helped helfen hilft geholfen - hat dat kin,person
thank thanks thanked danken dankt gedankt - hat dat kin,person
follow follows followed folgen folgt gefolgt - ist dat person,animal
wait_for waits_for waited_for warten wartet gewartet - hat auf+acc kin,person
talk_about talks_about talked_about sprechen spricht gesprochen - hat über+acc text,place,kin,person
think_of thinks_of thought_of denken denkt gedacht - hat an+acc kin,person
play_with plays_with played_with spielen spielt gespielt - hat mit+dat animal,person
"""

MISHAPS = """
lose loses lost verlieren verliert verloren - hat acc thing,container,clothing
forget forgets forgot vergessen vergisst vergessen - hat acc thing,container,clothing
"""

GIVING = """
give gives gave geben gibt gegeben - hat acc thing,text,food,clothing
show shows showed zeigen zeigt gezeigt - hat acc thing,text,device,animal
send sends sent schicken schickt geschickt - hat acc text,clothing,thing
lend lends lent leihen leiht geliehen - hat acc thing,device,text,container
"""

GOING = """
go goes went gehen geht gegangen - ist zu+dat place,landmark
run runs ran laufen läuft gelaufen - ist zu+dat place,landmark
drive drives drove fahren fährt gefahren - ist zu+dat place,landmark
travel travels travelled reisen reist gereist - ist nach city
fly flies flew fliegen fliegt geflogen - ist nach city
move moves moved ziehen zieht umgezogen um ist nach city
"""

STAYING = """
work works worked arbeiten arbeitet gearbeitet - hat - place,city
wait waits waited warten wartet gewartet - hat - place,room,city
sleep sleeps slept schlafen schläft geschlafen - hat - room,city
sing sings sang singen singt gesungen - hat - place,room
dance dances danced tanzen tanzt getanzt - hat - place,room
"""

PLACING = """
place places placed stellen stellt gestellt - hat acc device,thing,container
"""

LIVING = "live lives lived wohnen wohnt gewohnt - hat - city"

SAYING = """
say says said sagen sagt gesagt - hat - -
believe believes believed glauben glaubt geglaubt - hat - -
hope hopes hoped hoffen hofft gehofft - hat - -
write writes wrote schreiben schreibt geschrieben - hat - -
"""

ASKING = "ask asks asked fragen fragt gefragt - hat - -"

TRYING = """
try tries tried versuchen versucht versucht - hat - -
promise promises promised versprechen verspricht versprochen - hat - -
forget forgets forgot vergessen vergisst vergessen - hat - -
"""

NAMES = "Anna Peter Maria Thomas Laura Paul Julia Markus Sarah Felix Nina David"
CITIES = (
    "Berlin Hamburg Munich=München Cologne=Köln Vienna=Wien Zurich=Zürich "
    "Dresden Leipzig Bremen Prague=Prag Rome=Rom Nuremberg=Nürnberg"
)
