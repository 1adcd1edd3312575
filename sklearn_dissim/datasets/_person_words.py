"""Words of which invented persons are made: names, streets and cities, frequent ones first."""


def _words(text):
    return [word.strip() for word in text.replace("\n", " ").split(",")]


# Given names and surnames that go together.
NAMES = [
    (_words(given), _words(surnames))
    for given, surnames in [
        (
            """Emma, James, Olivia, Jack, Sarah, Thomas, Grace, William, Charlotte, Michael,
            Elizabeth, David, Katherine, Robert, Hannah, Christopher, Alice, Matthew, Rebecca,
            Stephen, Philippa, Geoffrey, Frances, Duncan""",
            """Smith, Jones, Taylor, Brown, Williams, Wilson, Johnson, Davies, Robinson, Wright,
            Thompson, Evans, Walker, White, Roberts, Green, Hughes, Edwards, Hall, Clarke,
            Phillips, Whitfield, Ashworth, Pemberton""",
        ),
        (
            """Anna, Lukas, Marie, Paul, Sophie, Jonas, Lena, Felix, Katharina, Maximilian,
            Johanna, Stefan, Sabine, Jürgen, Ursula, Matthias, Christoph, Brigitte, Günther,
            Käthe""",
            """Müller, Schmidt, Schneider, Fischer, Weber, Meyer, Wagner, Becker, Schulz,
            Hoffmann, Schäfer, Koch, Bauer, Richter, Klein, Wolf, Schröder, Neumann, Krüger,
            Weiß""",
        ),
        (
            """Louise, Gabriel, Camille, Louis, Chloé, Hugo, Manon, Nicolas, Amélie, Julien,
            Hélène, François, Mathilde, Étienne, Céline, Thierry, Geneviève, Benoît""",
            """Martin, Bernard, Dubois, Thomas, Robert, Petit, Durand, Leroy, Moreau, Simon,
            Lefèvre, Fournier, Girard, Mercier, Rousseau, Beaumont, Chevalier, Lacroix""",
        ),
        (
            """Lucía, Mateo, María, Hugo, Sofía, Alejandro, Carmen, Javier, Paula, Sergio,
            Isabel, Andrés, Beatriz, José, Ángela, Ramón, Nuria, Ignacio""",
            """García, González, Rodríguez, Fernández, López, Martínez, Sánchez, Pérez, Gómez,
            Díaz, Muñoz, Álvarez, Romero, Navarro, Torres, Castillo, Ortega, Ibáñez""",
        ),
        (
            """Giulia, Leonardo, Francesca, Alessandro, Chiara, Lorenzo, Martina, Matteo, Elena,
            Giuseppe, Silvia, Niccolò, Paola, Vincenzo, Beatrice, Salvatore""",
            """Rossi, Russo, Ferrari, Esposito, Bianchi, Romano, Colombo, Ricci, Marino, Greco,
            Bruno, Gallo, Conti, Mancini, Lombardi, Caruso""",
        ),
        (
            """Zuzanna, Jakub, Julia, Kacper, Agnieszka, Piotr, Małgorzata, Tomasz, Katarzyna,
            Paweł, Ewa, Krzysztof, Barbara, Wojciech""",
            """Nowak, Kowalski, Wiśniewski, Wójcik, Kowalczyk, Kamiński, Lewandowski, Zieliński,
            Szymański, Woźniak, Dąbrowski, Kozłowski, Jankowski, Mazur""",
        ),
        (
            """Sanne, Daan, Emma, Sem, Lotte, Bram, Fleur, Jeroen, Anouk, Pieter, Marijke, Willem,
            Saskia, Hendrik""",
            """de Jong, Jansen, de Vries, van den Berg, van Dijk, Bakker, Visser, Smit, Meijer,
            de Boer, Mulder, Bos, Vermeulen, van der Linden""",
        ),
        (
            """Zeynep, Yusuf, Elif, Mustafa, Ayşe, Emre, Fatma, Ahmet, Defne, Mehmet, Gül, Hakan,
            Özlem, Çağlar""",
            """Kaya, Demir, Çelik, Şahin, Öztürk, Arslan, Doğan, Özdemir, Polat, Erdoğan, Güneş,
            Bulut, Çetin, Koç""",
        ),
        (
            """Mohammed, Fatima, Ahmed, Aisha, Omar, Maryam, Ali, Layla, Youssef, Nour, Hassan,
            Samira, Khalid, Zainab, Ibrahim, Yasmin""",
            """Khan, Ali, Hassan, Hussein, Ahmed, Ibrahim, Mansour, Saleh, Haddad, Khalil, Nasser,
            Abdullah, Farouk, Qureshi, Rahman, Aziz""",
        ),
        (
            """Priya, Rahul, Ananya, Arjun, Deepika, Vikram, Lakshmi, Sanjay, Kavita, Rajesh,
            Neha, Suresh, Meera, Harish""",
            """Sharma, Patel, Singh, Kumar, Gupta, Reddy, Iyer, Mehta, Nair, Joshi, Chatterjee,
            Verma, Desai, Krishnan""",
        ),
        (
            """Wei, Fang, Min, Jing, Hao, Xiu, Lei, Yan, Jun, Mei, Xiaoming, Lihua, Zhen, Qiang""",
            """Wang, Li, Zhang, Liu, Chen, Yang, Huang, Zhao, Wu, Zhou, Xu, Sun, Zhu, Guo""",
        ),
        (
            """Yuki, Haruto, Sakura, Ren, Aoi, Takashi, Yoko, Kenji, Naomi, Hiroshi, Emi,
            Kazuo""",
            """Sato, Suzuki, Takahashi, Tanaka, Watanabe, Ito, Yamamoto, Nakamura, Kobayashi,
            Kato, Yoshida, Shimizu""",
        ),
        (
            """Linh, Minh, Huong, Tuan, Thao, Hung, Lan, Duc, Phuong, Quang""",
            """Nguyễn, Trần, Lê, Phạm, Hoàng, Phan, Vũ, Đặng, Bùi, Đỗ""",
        ),
        (
            """Chidi, Ngozi, Emeka, Amina, Tunde, Folake, Ifeanyi, Blessing, Kwame, Abena, Kofi,
            Yaa""",
            """Okafor, Adeyemi, Okonkwo, Balogun, Eze, Abubakar, Mensah, Owusu, Boateng, Asante,
            Ogunleye, Nwosu""",
        ),
        (
            """Astrid, Erik, Ingrid, Lars, Freja, Magnus, Sigrid, Bjørn, Maja, Søren, Kerstin,
            Åke, Solveig, Henrik""",
            """Hansen, Johansson, Andersson, Nielsen, Olsen, Larsson, Jensen, Nilsson, Lindberg,
            Berg, Pedersen, Bergström, Sørensen, Åkesson""",
        ),
        (
            """Anastasia, Dmitri, Olga, Sergei, Natalia, Ivan, Ekaterina, Mikhail, Svetlana,
            Alexei, Tatiana, Nikolai""",
            """Ivanov, Smirnov, Kuznetsov, Popov, Sokolov, Lebedev, Kozlov, Novikov, Morozov,
            Petrov, Volkov, Shevchenko""",
        ),
    ]
]

STREETS = _words(
    """Church, Mill, Station, Garden, Park, School, Victoria, Green, King, Queen, Bridge, Castle,
    River, Market, Chapel, Orchard, Meadow, Forest, Lake, Harbour, Rose, Oak, Linden, Chestnut,
    Maple, Birch, Willow, Cherry, Hawthorn, Juniper, Beethoven, Goethe, Schiller, Mozart, Garibaldi,
    Cervantes, Pasteur, Curie, Newton, Darwin, Galileo, Kepler, Nansen, Copernicus, Wellington,
    Nelson, Trafalgar, Waterloo, Saint Peter, Saint Mary, Saint John, Old Town, New Town, Upper,
    Lower, North, South, Eastern, Western, Windmill, Foundry, Tannery, Brewery, Bakery, Cooper,
    Weaver, Fisher, Shepherd, Potter, Carpenter, Lighthouse, Quarry, Vineyard, Abbey, Priory,
    Monastery, Cathedral, Fountain, Terrace, Sunset"""
)

KINDS_OF_STREET = _words("Street, Road, Avenue, Lane, Square, Court, Drive, Place")

CITIES = _words(
    """London, Berlin, Madrid, Rome, Paris, Vienna, Hamburg, Warsaw, Barcelona, Munich, Milan,
    Amsterdam, Brussels, Birmingham, Cologne, Naples, Turin, Marseille, Kraków, Zürich, Lyon,
    Valencia, Leeds, Frankfurt, Rotterdam, Stockholm, Copenhagen, Oslo, Helsinki, Glasgow, Seville,
    Stuttgart, Düsseldorf, Gothenburg, Manchester, Liverpool, Genoa, Bristol, Antwerp, Nantes,
    Lisbon, Porto, Dublin, Geneva, Basel, Salzburg, Innsbruck, Graz, Łódź, Gdańsk, Wrocław, Málaga,
    Bilbao, Bologna, Florence, Bordeaux, Toulouse, Strasbourg, Aarhus, Malmö, Bergen, Tampere,
    Utrecht, Ghent, Leipzig, Dresden, Nürnberg, Freiburg, Aberystwyth, Middlesbrough"""
)

MAIL_HOSTS = _words("example.com, mail.example, post.example, inbox.example, office.example")
